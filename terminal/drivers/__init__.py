"""One file a device. A driver knows its device and nothing of prices."""
