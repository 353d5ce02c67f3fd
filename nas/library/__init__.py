"""The words of `import nas`: a function and a typed result each, and the flow that the commands share with them."""
