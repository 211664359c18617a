"""The faces: HTTP API, web pages, command line, jobs."""
