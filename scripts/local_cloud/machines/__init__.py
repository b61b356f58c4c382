"""Real Linux systems that stand behind the instances; this package knows nothing of the AWS API."""
