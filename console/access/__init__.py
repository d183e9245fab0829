"""Who may see and do what: sign-in, the table of rights, and the guards that every page and endpoint stands behind."""
