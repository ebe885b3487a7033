-- Times named *_world are seconds of the hurried clock, *_real are seconds of the real one.
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS source_users (
  username TEXT PRIMARY KEY, user_id TEXT NOT NULL, sec_uid TEXT NOT NULL UNIQUE,
  nickname TEXT NOT NULL, is_private INTEGER NOT NULL, followers INTEGER NOT NULL,
  next_upload_world REAL
);

CREATE TABLE IF NOT EXISTS source_videos (
  number INTEGER PRIMARY KEY, video_id TEXT NOT NULL UNIQUE, username TEXT NOT NULL,
  caption TEXT NOT NULL, tags TEXT NOT NULL, create_time INTEGER NOT NULL, born_world REAL NOT NULL,
  views_full INTEGER NOT NULL, quality TEXT NOT NULL, photos INTEGER NOT NULL DEFAULT 0,
  status_code INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS source_videos_by_user ON source_videos (username, create_time DESC);

CREATE TABLE IF NOT EXISTS accounts (
  username TEXT PRIMARY KEY, open_id TEXT NOT NULL UNIQUE, union_id TEXT NOT NULL, nickname TEXT NOT NULL,
  bio TEXT NOT NULL, is_private INTEGER NOT NULL, is_banned INTEGER NOT NULL DEFAULT 0,
  comment_disabled INTEGER NOT NULL DEFAULT 0, duration_max_seconds INTEGER NOT NULL,
  followers INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, open_id TEXT NOT NULL, scopes TEXT NOT NULL, redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL, expires_real REAL NOT NULL, is_used INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS tokens (
  access_token TEXT PRIMARY KEY, refresh_token TEXT NOT NULL UNIQUE, open_id TEXT NOT NULL,
  scopes TEXT NOT NULL, access_expires_real REAL NOT NULL, refresh_expires_real REAL NOT NULL,
  is_refreshed INTEGER NOT NULL DEFAULT 0, is_withdrawn INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS publishes (
  publish_id TEXT PRIMARY KEY, open_id TEXT NOT NULL, kind TEXT NOT NULL, post_info TEXT NOT NULL,
  size_bytes INTEGER NOT NULL, chunk_bytes INTEGER NOT NULL, chunk_count INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL DEFAULT 0, upload_key TEXT NOT NULL UNIQUE,
  url_expires_real REAL NOT NULL, created_world REAL NOT NULL, created_real REAL NOT NULL,
  uploaded_world REAL, settle_world REAL, public_world REAL,
  status TEXT NOT NULL, fail_reason TEXT NOT NULL DEFAULT '', inspection TEXT, post_id TEXT,
  is_silent INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS pulls (
  publish_id TEXT PRIMARY KEY, url TEXT NOT NULL, begun_real REAL NOT NULL,
  downloaded_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS publishes_by_status ON publishes (status, settle_world);

CREATE TABLE IF NOT EXISTS posts (
  post_id TEXT PRIMARY KEY, publish_id TEXT, open_id TEXT NOT NULL, source_video INTEGER,
  sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL, caption TEXT NOT NULL, privacy TEXT NOT NULL,
  published_real REAL NOT NULL, published_world REAL NOT NULL, public_world REAL, is_announced INTEGER NOT NULL,
  duration_seconds REAL NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  is_history INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS posts_by_account ON posts (open_id, published_real DESC);

CREATE TABLE IF NOT EXISTS webhooks (
  id INTEGER PRIMARY KEY, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_try_real REAL NOT NULL, is_done INTEGER NOT NULL DEFAULT 0, last_answer TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY, sender TEXT NOT NULL, recipients TEXT NOT NULL, raw BLOB NOT NULL,
  received_real REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS faults (
  id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, body TEXT NOT NULL,
  skip INTEGER NOT NULL, times INTEGER NOT NULL
);
