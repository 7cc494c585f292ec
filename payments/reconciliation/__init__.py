"""Our payments, the gateway's pay-outs and the bank's credits, read and laid side by side."""
