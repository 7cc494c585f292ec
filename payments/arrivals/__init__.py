"""How settlement reports and bank statements arrive: sent in at the desk, put into a folder, pulled from gateways; and when."""
