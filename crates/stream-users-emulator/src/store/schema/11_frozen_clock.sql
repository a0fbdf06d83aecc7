-- Where the clock stands, in nanoseconds since the epoch, if it stands still.
ALTER TABLE clock ADD COLUMN frozen INTEGER;
