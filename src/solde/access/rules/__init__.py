"""Rules of access: who may what, how tokens and passwords look, how long a sign-in waits. Pure."""
