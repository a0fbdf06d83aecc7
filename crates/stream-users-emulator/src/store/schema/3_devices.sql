-- Devices say what they are, and are found by their own ids.

ALTER TABLE devices ADD COLUMN hardware_id TEXT;
ALTER TABLE devices ADD COLUMN voip INTEGER;
CREATE INDEX devices_by_id ON devices (id);
