"""Puts the data folders into the wheel, and the JSON of every document so that no start parses YAML."""

import json
from pathlib import Path

import yaml
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuiltDocuments(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return  # a checkout builds what it needs when it needs it
        root = Path(self.root)
        for folder in ("specs", "fixtures", "contract_tests", "scenarios"):
            build_data["force_include"][str(root / folder)] = f"counterfoil/_bundle/{folder}"
        built = root / "build" / "documents"
        for source in sorted(root.glob("specs/**/*.yaml")) + sorted(
            root.glob("fixtures/**/*.yaml")
        ):
            name = source.relative_to(root)
            target = built / f"{name}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(yaml.load(source.read_text("utf-8"), _Loader)))  # noqa: S506  a safe loader
            build_data["force_include"][str(target)] = f"counterfoil/_bundle/.built/{name}.json"


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, as counterfoil.resources does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
