"""SCIM 2.0 (RFC 7643, RFC 7644): how a company's directory keeps the team of an account, at ``/scim/v2/`` of each host."""
