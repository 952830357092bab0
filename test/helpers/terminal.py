"""Runs a command on a terminal of its own, and closes the terminal once a text was shown; prints what was shown.

    python3 terminal.py 'run folder' node tool.js run ...

The last line is how the command ended: `exit 0`, or `signal 1`.
"""
import os
import pty
import sys

text, command = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b''
while text not in shown:
    shown += os.read(terminal, 4096)
os.close(terminal)
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
sys.stdout.write(f'\nsignal {os.WTERMSIG(status)}\n' if os.WIFSIGNALED(status) else f'\nexit {os.WEXITSTATUS(status)}\n')
