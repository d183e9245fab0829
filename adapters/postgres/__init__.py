"""The clinic's own scheduling, billing, diary and outbox, for a clinic that has no other. The tables are `readmodel`'s."""
