"""What of InvoiceXpress's document a server goes by: as it was observed, or as it is documented."""

EITHER = "either"
"""The fidelity of what is answered in both ways, whichever a world goes by."""


def answered(written, fidelity):
    """Return a document with what a fidelity answers alone: its forms of answers, the links they begin."""
    components = written["components"]["schemas"]

    def told(node):
        whole = components[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        return whole.get("x-fidelity", fidelity) == fidelity

    def pruned(node):
        if isinstance(node, list):
            return [pruned(one) for one in node]
        if not isinstance(node, dict):
            return node
        kept = {key: pruned(value) for key, value in node.items()}
        if "anyOf" in kept and node.get("x-fidelity") != EITHER:
            kept["anyOf"] = [form for form in kept["anyOf"] if told(form)]
        if "content" in kept:
            kept["content"] = {name: form for name, form in kept["content"].items() if told(form)}
        if "links" in kept:
            kept["links"] = {name: link for name, link in kept["links"].items() if told(link)}
        return kept

    return pruned(dict(written))
