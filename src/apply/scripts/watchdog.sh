#!/bin/sh
# Waits for `confirmed`, and restores the old firewall (restore.sh) if it isn't there at the deadline. Started by apply, before anything is loaded,
# with a session of its own; needs no Node. It survives its terminal, its parent, the logout; it looks at no wall clock.
#   watchdog.sh        checks everything that it will need, then stands guard: the file `armed` says so, or `not-armed` why not
#   watchdog.sh guard  starts the guard, and starts it again if it is killed
#   watchdog.sh watch  the guard itself
# All is in functions, called by the last line: a shell reads its script piece by piece, and this one has to be whole before it starts.

say() { printf '%s watchdog: %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" 2>/dev/null >>"$FOLDER/log"; }

is_alive() { # PID START: the process that had this start time
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- "$2" ${stat##*) }
  [ "$2" != Z ] && [ "${21}" = "$1" ]
}

# Whole seconds since the machine started; sleep included, and nobody can set it. Where it can't be read, at least time passes.
read_clock() {
  { IFS=' .' read -r now rest </proc/uptime; } 2>/dev/null && NOW=$now || NOW=$((NOW + 1))
}

# The last one that could be read counts; apply may put another in its place.
read_deadline() {
  { read -r line <"$FOLDER/deadline"; } 2>/dev/null || return
  # No shell can compare with a number of any length.
  case $line in '' | *[!0-9]* | ?????????????*) ;; *) DEADLINE=$line ;; esac
}

# Sets DECISION to what was decided, or to nothing.
read_decision() {
  DECISION=
  [ -L "$FOLDER/decision" ] && DECISION=$(readlink "$FOLDER/decision")
}

refuse() { # WHY
  say "not armed: $1"
  printf '%s\n' "$1" >"$FOLDER/not-armed.tmp" && mv -f "$FOLDER/not-armed.tmp" "$FOLDER/not-armed"
  exit 5
}

# Whatever could keep this from restoring later is found now, while nothing has changed.
check() {
  why=$(sh "$FOLDER/restore.sh" check 2>&1 >/dev/null) || refuse "$(printf %s "$why" | head -n 1)"
  . "$FOLDER/vars"
  read_deadline
  read_clock
  [ "$NOW" -gt 0 ] || refuse "/proc/uptime can't be read"
  [ "$DEADLINE" -gt "$NOW" ] || refuse "there is no deadline, or it is over"
  read_decision
  [ -z "$DECISION" ] || refuse "it is decided already: $DECISION"
  is_alive "$APPLY_PID" "$APPLY_START" || refuse "apply (process $APPLY_PID) can't be seen from here"
  [ "$(readlink /proc/self/ns/net)" = "$(readlink "/proc/$APPLY_PID/ns/net")" ] ||
    refuse "this is another network namespace than that of apply"
}

# A logout kills what is in the session's control group, a session of its own or not. A unit that systemd-run made is a good place already.
leave_control_group() {
  case $(cat /proc/self/cgroup) in */markify-*.service*) return ;; esac
  for root in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -e "$root/cgroup.procs" ] || continue
    echo $$ >"$root/cgroup.procs" || { mkdir -p "$root/markify" && echo $$ >"$root/markify/cgroup.procs"; }
  done
}

supervise() {
  leave_control_group
  # The kernel takes others first when there is no memory left.
  echo -1000 >/proc/$$/oom_score_adj
  check
  export APPLY_PID APPLY_START
  exec sh "$FOLDER/watchdog.sh" guard
}

guard() {
  while :; do
    sh "$FOLDER/watchdog.sh" watch &
    wait $!
    case $? in 0 | 7) leave 0 ;; esac
    say "the guard was killed: another one is started"
    sleep 1
  done
}

# Old rules back: by the decision of whoever was first, this one or another.
restore() {
  tries=0
  while :; do
    sh "$FOLDER/restore.sh" once
    case $? in 0) leave 0 ;; 7) leave 7 ;; esac
    tries=$((tries + 1))
    say "restore.sh was killed or can't be run: it is started again"
    # Somebody has taken the folder away: what would come back with it much later is not what anybody expects then.
    [ -e "$FOLDER/restore.sh" ] || [ "$tries" -lt 60 ] || leave 7
    [ "$tries" != 3 ] || tell_everybody "markify: $FOLDER/restore.sh CAN'T BE RUN: the old firewall rules are not back"
    sleep 1
  done
}

tell_everybody() {
  {
    logger -t markify -p daemon.crit -- "$1"
    printf '%s\n' "$1" | wall
  } &
}

leave() { # STATUS
  trap - EXIT
  exit "$1"
}

# Only one of all who decide makes the link. Not even room for a link: restored all the same.
decide() { # WHY
  rm -f "$FOLDER/reserve"
  ln -s rolled-back "$FOLDER/decision"
  read_decision
  case $DECISION in confirmed | abandoned) return ;; esac
  say "$1: the old rules come back"
  restore
}

watch() {
  IFS= read -r stat </proc/$$/stat
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  printf '%s\n' "$$ ${20}" >"$FOLDER/armed.tmp" && mv -f "$FOLDER/armed.tmp" "$FOLDER/armed"
  say "on guard"
  while :; do
    read_decision
    case $DECISION in
      confirmed | abandoned) say "$DECISION"; leave 0 ;;
      rolled-back) say "a rollback was asked for"; restore ;;
    esac
    read_deadline
    read_clock
    if [ "$NOW" -ge "$DEADLINE" ]; then
      decide "not confirmed in time"
    elif [ ! -e "$FOLDER/load-ended" ] && ! is_alive "$APPLY_PID" "$APPLY_START"; then
      decide "apply died while it loaded"
    fi
    sleep 1
  done
}

main() {
  set -f
  umask 077
  PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH LC_ALL=C NOW=0 DEADLINE=0
  export PATH LC_ALL
  unset IFS CDPATH MARKIFY_LOADING
  case $0 in /*) FOLDER=${0%/*} ;; */*) FOLDER=$(cd -- "${0%/*}" && pwd) ;; *) FOLDER=$(pwd) ;; esac
  trap '' HUP INT QUIT TERM PIPE USR1 USR2 TSTP TTIN TTOU
  exec </dev/null >/dev/null 2>&1
  cd /
  case ${1-} in guard | watch) ROLE=$1 ;; *) supervise ;; esac
  # Where no process can be started any more, a shell gives up: it begins anew in its own place, which takes none.
  trap 'exec sh "$FOLDER/watchdog.sh" "$ROLE"' EXIT
  case $ROLE in guard) guard ;; watch) watch ;; esac
}

main "$@"
exit
