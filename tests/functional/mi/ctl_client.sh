#!/bin/sh
# A shell client of the line protocol that does what the recordings say opensipsctl 2.4 does: makes its reply FIFO with mode
# 0666, writes the request in one go, reads the reply once to its end, removes the FIFO; a first line "200 OK..." is not
# shown, nor are empty lines. Usage: ctl_client.sh FIFO REPLY_DIR REQUEST, with \n in REQUEST and REPLY for the FIFO's name.
set -eu
fifo=$1 name=osips_rply_$(od -An -N4 -tx4 /dev/urandom | tr -d ' \n')
reply=$2/$name
umask 000
mkfifo -m 0666 "$reply"
trap 'rm -f "$reply"' EXIT
printf "$(printf '%s' "$3" | sed "s/REPLY/$name/")" >"$fifo"
awk 'NR == 1 && /^200 OK/ { next } /^$/ { next } { print }' <"$reply"
