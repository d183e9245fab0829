"""The journal and the lists: the store that writes them, the look-ups that read them, the schema under both."""
