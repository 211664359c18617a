"""The HTTP API: routes, problem documents, the OpenAPI document."""
