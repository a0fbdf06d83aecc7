-- By whom or what a row is about, so that nothing is looked through when a user or a channel is removed.

CREATE INDEX blocks_by_blocked_user ON blocks (blocked_user_id);
CREATE INDEX mutes_by_target ON mutes (target_id);
CREATE INDEX channel_mutes_by_channel ON channel_mutes (cid);
CREATE INDEX hidden_channels_by_channel ON hidden_channels (cid);
