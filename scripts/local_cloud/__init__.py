"""A local cloud: the AWS API is moto's, extended from outside; its instances are real Linux systems."""
