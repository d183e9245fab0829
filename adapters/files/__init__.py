"""Treatment protocols and payer policies, read from their folders of TOML files."""
