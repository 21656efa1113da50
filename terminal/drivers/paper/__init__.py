"""Receipt printers, however they are connected: one dialogue over any line of bytes."""
