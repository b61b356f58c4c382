"""Log in by an expired password as a person does, change it, and log in by the new one."""

import sys

import pexpect

host, old, new = sys.argv[1:]
SSH = [
    *("-F", "none", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"),
    *("-o", "LogLevel=ERROR", "-o", "PubkeyAuthentication=no", f"admin@{host}"),
]

for password in (old, new):
    terminal = pexpect.spawn("ssh", SSH, encoding="utf-8", timeout=60)
    terminal.logfile_read = sys.stderr
    terminal.expect("assword: ")
    terminal.sendline(password)
    if password == old:
        terminal.expect("required to change your password")
        terminal.expect("Current password: ")
        terminal.sendline(old)
        terminal.expect("New password: ")
        terminal.sendline(new)
        terminal.expect("Retype new password: ")
        terminal.sendline(new)
    terminal.expect(r"\$ $")
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)
    terminal.close()
    print("in with the", "old" if password == old else "new", "password")
