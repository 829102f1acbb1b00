"""What is told is told at least once: senders are killed while business transactions raise alerts."""
