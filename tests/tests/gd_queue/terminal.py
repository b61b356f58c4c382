"""Runs a program on a terminal of 80 by 24: terminal.py KEYS SIGNAL PROGRAM [ARGUMENT...].

Once the screen is drawn, presses the keys or sends the signal. Prints all that the program wrote, its status, and
whether the terminal is set as it was before.
"""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time

keys, after, *command = sys.argv[1:]
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.execvp(command[0], command)
os.set_blocking(master, False)
seen, asked, done = b"", False, 0
signal.alarm(50)
while True:
    if not done:
        done, status = os.waitpid(child, os.WNOHANG)
    try:
        seen += os.read(master, 65536)
    except BlockingIOError:
        if done:
            break
        time.sleep(0.02)
    if not asked and b"quit" in seen:
        asked = True
        if keys:
            os.write(master, keys.encode())
        if after:
            os.kill(child, getattr(signal, "SIG" + after))
sys.stdout.write(seen.decode(errors="replace"))
print(f"\nterminal as before: {termios.tcgetattr(slave) == before}")
print(f"status: {os.waitstatus_to_exitcode(status)}")
