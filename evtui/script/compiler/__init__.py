"""The compiler of routing scripts: from the tree to Python closures.

How it works. `Program` compiles every route of a script once, when it is loaded. Each node of the tree becomes a
closure that takes the run: an expression becomes a Reader (its value) or a Test (true or false), an assignment's target
a Writer, a function call a CallAction (its code), a statement a Step. What is known when the script is loaded (constant
texts, AVP names, operators, the cell of a `$var`) is resolved then and held by the closure; only the rest is computed
during a run. Running a route is one call of its body's Step; there is no interpreter loop that looks at node types.

A run (`runtime/run_state.py`, ScriptRun) is one call of a route from outside with all routes that it calls. It holds
the message and the AVPs (a Scope, which a sync event route shares with its raiser), `$param`, `$rc` and the current
place. What outlives a run (`$var`, `$shv`, the local cache, JSON documents) is in ProgramState, one for each Program.

Places and errors. A block (`statements.py`) notes the place of each statement in `run.place` before it runs the
statement, so log lines and errors name their line. A statement that cannot be done raises ScriptFault: the block logs
it and continues with the next statement. A function call turns a ScriptFault into the code -1, a condition into false.
Any other exception ends the run; `execute` makes an outcome of it and never raises.

How a block is left. A Step returns NEXT, BREAK or RETURN, and a block passes on anything but NEXT: the next loop or
switch consumes BREAK, the route's body consumes RETURN. `exit`, `drop` and the code 0 end all routes of the run at
once, so they raise Stopped, which `execute` catches.

Waiting. The compiler and all closures are plain synchronous code without IO. Whatever takes time (sleep,
wait_for_event, a reply) is a method of the host (`runtime/host_ports.py`) that blocks. Above this package,
`scripting/greenlets.py` runs each run in a greenlet: a blocking method switches to the event loop, which awaits and
switches back. Loops and route calls count turns, and once in 256 turns call `host.pause`, where others may run and a
run that takes too long is ended.

Nesting. Closures call each other, so a deep tree needs a deep Python stack. `syntax/tree_depth.py` bounds the depth;
chains of `and`, `or` and `else if` are flattened into lists. No step uses `any`, `all` or a generator around other
closures, which would take space on the C stack.

Fast paths. Typical scripts spend most of their time in a few forms: `$var(i) = …`, `$var(i) + 1`, `$var(i) < n`,
`$avp(x) = …`, `$avp(x) := NULL`, and raise_event with two AVPs. For these, `fast_paths.py` and
`functions/event_functions.py` make closures with fewer calls, bought for tests/benchmarks/bench_script.py. They hand
every unusual case to the plain closures, which stay as their oracle: tests/property/test_script_runs.py runs random
scripts with fixed names (fast) and with computed names (plain) and compares outcomes, raised events and log lines.
"""
