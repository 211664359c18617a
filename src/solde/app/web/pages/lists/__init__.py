"""Pages made from described lists: what their address asks for, how they are drawn, their handlers."""
