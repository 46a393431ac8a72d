"""The bundled sample newsroom: invented outlets, their invented articles and the origin that serves them."""
