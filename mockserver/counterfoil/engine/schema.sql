-- The store of every world of every API; nothing here knows one API.
-- Read by SQLite and PostgreSQL alike, but for three words that are filled in:
-- {text} compares by code point, {bytes} is any content, {clustered} keeps rows in the order of their key.
-- World 0 stands for the server: its counters number the worlds.

CREATE TABLE IF NOT EXISTS worlds (
    world BIGINT PRIMARY KEY,
    name {text} NOT NULL,
    live INTEGER NOT NULL,
    fixture {text} NOT NULL,
    seed BIGINT NOT NULL,
    frozen INTEGER NOT NULL,
    instant BIGINT NOT NULL,
    settings JSON NOT NULL,
    counters JSON NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS worlds_live ON worlds (name) WHERE live = 1;

CREATE TABLE IF NOT EXISTS credentials (
    world BIGINT NOT NULL,
    api {text} NOT NULL,
    digest {text} NOT NULL,
    owner {text} NOT NULL,
    id {text} NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (api, digest, world)
) {clustered};
CREATE INDEX IF NOT EXISTS credentials_owner ON credentials (world, api, owner);

CREATE TABLE IF NOT EXISTS resources (
    world BIGINT NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    version BIGINT NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, kind, id)
) {clustered};

CREATE TABLE IF NOT EXISTS listings (
    world BIGINT NOT NULL,
    kind {text} NOT NULL,
    owner {text} NOT NULL,
    id {text} NOT NULL,
    seq BIGINT NOT NULL,
    hidden INTEGER NOT NULL,
    keys JSON NOT NULL,
    PRIMARY KEY (world, kind, owner, id)
) {clustered};

CREATE TABLE IF NOT EXISTS counts (
    world BIGINT NOT NULL,
    kind {text} NOT NULL,
    owner {text} NOT NULL,
    hidden INTEGER NOT NULL,
    value {text} NOT NULL,
    n BIGINT NOT NULL,
    total {text} NOT NULL,
    PRIMARY KEY (world, kind, owner, hidden, value)
) {clustered};

CREATE TABLE IF NOT EXISTS accounts (
    world BIGINT NOT NULL,
    holder {text} NOT NULL,
    currency {text} NOT NULL,
    bucket {text} NOT NULL,
    minor BIGINT NOT NULL,
    minimum BIGINT,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (world, holder, currency, bucket),
    CHECK (minimum IS NULL OR minor >= minimum)
) {clustered};

CREATE TABLE IF NOT EXISTS entries (
    world BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    posting {text} NOT NULL,
    holder {text} NOT NULL,
    currency {text} NOT NULL,
    bucket {text} NOT NULL,
    delta BIGINT NOT NULL,
    after BIGINT NOT NULL,
    change {text},
    kind {text} NOT NULL,
    reference {text} NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (world, seq)
) {clustered};
CREATE INDEX IF NOT EXISTS entries_holder ON entries (world, holder, seq);

CREATE TABLE IF NOT EXISTS transitions (
    world BIGINT NOT NULL,
    kind {text} NOT NULL,
    id {text} NOT NULL,
    seq BIGINT NOT NULL,
    trigger {text} NOT NULL,
    source {text},
    target {text},
    actor {text} NOT NULL,
    role {text} NOT NULL,
    reason TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (world, kind, id, seq)
) {clustered};

CREATE TABLE IF NOT EXISTS idempotency (
    world BIGINT NOT NULL,
    scope {text} NOT NULL,
    fingerprint {text} NOT NULL,
    resource {text},
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (world, scope)
) {clustered};

CREATE TABLE IF NOT EXISTS events (
    world BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    api {text} NOT NULL,
    id {text} NOT NULL,
    type {text} NOT NULL,
    recipients JSON NOT NULL,
    body JSON NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (world, seq)
) {clustered};

CREATE TABLE IF NOT EXISTS files (
    world BIGINT NOT NULL,
    id {text} NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (world, id)
);

CREATE TABLE IF NOT EXISTS jobs (
    world BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    due BIGINT NOT NULL,
    api {text} NOT NULL,
    type {text} NOT NULL,
    subject {text} NOT NULL,
    PRIMARY KEY (world, seq)
) {clustered};
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (world, due, seq);

CREATE TABLE IF NOT EXISTS deliveries (
    world BIGINT NOT NULL,
    id {text} NOT NULL,
    seq BIGINT NOT NULL,
    api {text} NOT NULL,
    owner {text} NOT NULL,
    endpoint {text} NOT NULL,
    event {text} NOT NULL,
    type {text} NOT NULL,
    body TEXT NOT NULL,
    status {text} NOT NULL,
    attempts INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    at BIGINT NOT NULL,
    due BIGINT,
    lease BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (world, id)
) {clustered};
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (world, due, seq) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_endpoint ON deliveries (world, endpoint, seq);

CREATE TABLE IF NOT EXISTS attempts (
    world BIGINT NOT NULL,
    delivery {text} NOT NULL,
    n INTEGER NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, delivery, n)
) {clustered};

CREATE TABLE IF NOT EXISTS faults (
    world BIGINT NOT NULL,
    id {text} NOT NULL,
    seq BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, id)
) {clustered};

CREATE TABLE IF NOT EXISTS inboxes (
    world BIGINT NOT NULL,
    name {text} NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, name)
) {clustered};

CREATE TABLE IF NOT EXISTS messages (
    world BIGINT NOT NULL,
    inbox {text} NOT NULL,
    seq BIGINT NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, inbox, seq)
) {clustered};

CREATE TABLE IF NOT EXISTS journal (
    world BIGINT NOT NULL,
    id {text} NOT NULL,
    seq BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    body JSON NOT NULL,
    PRIMARY KEY (world, seq)
) {clustered};
