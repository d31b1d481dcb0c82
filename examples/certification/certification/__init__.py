"""The regulation of a body that certifies products, on the kernel of salesreg alone."""
