"""The compiler of routing scripts: from the tree to Python functions.

How it works. `Program` compiles every route of a script once, when it is loaded. Each block becomes the source of one
Python function (`function_code.py`), with the blocks within it; `compile()` makes its code when it is first called.
Statements, conditions, jumps and loops are written as those of Python (`blocks.py`, `choices.py`, `loops.py`,
`switches.py`, `jumps.py`). So are reads of `$var`, of the newest value of `$avp` and of `$rc`, arithmetic and
comparisons of integers, and comparisons with fixed texts (`inline_operands.py`): `$var(i) < $var(n)` is

    (v1 < v2) if type(v1 := k0[0]) is int and type(v2 := k1[0]) is int else k2(run)

where `k0` and `k1` are the cells of the variables, and `k2` is the closure of the whole condition, for values of other
types. No text of a script is ever a part of the source: it is bound to a name.

All other expressions and calls are closures that take the run: an expression becomes a Reader (its value) or a Test
(true or false), an assignment's target a Writer, a function call a CallAction (its code). What is known when the script
is loaded (constant texts, AVP names, operators, the cell of a `$var`) is resolved then and held by the closure. A
block as a whole is a Step. There is no interpreter loop that looks at node types.

A run (`runtime/run_state.py`, ScriptRun) is one call of a route from outside with all routes that it calls. It holds
the message and the AVPs (a Scope, which a sync event route shares with its raiser), `$param`, `$rc` and the current
place. What outlives a run (`$var`, `$shv`, the local cache, JSON documents) is in ProgramState, one for each Program.

Places and errors. A block notes the place of each statement in `run.place` before it runs the statement, so log lines
and errors name their line; where nothing can read a place or a code before the next one is set, it is not stored. A
statement that cannot be done raises ScriptFault: the block logs it and continues with the next statement. A function
call turns a ScriptFault into the code -1, a condition into false.
Any other exception ends the run; `execute` makes an outcome of it and never raises.

How a block is left. A Step returns NEXT, BREAK or RETURN. Within one function `break` of a script is that of Python,
and `return` of a script that of the function. `exit`, `drop` and the code 0 end all routes of the run at once, so they
raise Stopped, which `execute` catches.

Waiting. The compiler, the functions and the closures are plain synchronous code without IO. Whatever takes time (sleep,
wait_for_event, a reply) is a method of the host (`runtime/host_ports.py`) that blocks. Above this package,
`scripting/greenlets.py` runs each run in a greenlet: a blocking method switches to the event loop, which awaits and
switches back. Loops and route calls count turns, and once in 256 turns call `host.pause`, where others may run and a
run that takes too long is ended.

Nesting. Closures call each other, so a deep tree needs a deep Python stack. `syntax/tree_depth.py` bounds the depth;
chains of `and`, `or` and `else if` are flattened into lists. What is nested deeper than ten levels of Python, and each
part of a block of many statements, is a function of its own. No step uses `any`, `all` or a generator around other
closures, which would take space on the C stack.

Oracle. `tests/property/plain_script.py` interprets statements plainly, by closures only.
`tests/property/test_generated_routes.py` runs random scripts with both and compares all that they do. The fast closure
of raise_event with two AVPs (`functions/event_functions.py`) is compared with the plain one, which gets computed names,
by `tests/property/test_script_runs.py`.
"""
