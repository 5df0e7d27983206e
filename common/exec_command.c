/* SPDX-License-Identifier: MIT */
#include "common/exec_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

extern char **environ;

enum {
    EXEC_TICK_MS = 10,     /* between two looks whether it has ended */
    EXEC_SAID_BYTES = 2048 /* the end of what it said */
};

/*
 * A shell that keeps the user's: when we are gone, killed even, SIGHUP comes
 * to it (PR_SET_PDEATHSIG), and whatever of the group has not ended with its
 * input is ended.  SIGTERM is for the others; it stays for their exit code.
 */
static const char exec_keeper[] =
    "trap : TERM\n"
    "trap 'sleep 1; kill -TERM 0; sleep 2; kill -KILL 0' HUP\n"
    "exec 3<&0 </dev/null\n"
    "/bin/sh -c \"$1\" <&3 3<&- &\n"
    "exec 3<&- >/dev/null 2>&1\n"
    "while wait $!; code=$?; kill -0 $! 2>/dev/null; do :; done\n"
    "exit $code\n";

/* --- the environment --- */

struct exec_env {
    char **v;
    size_t n;
};

static void
exec_env_add(struct exec_env *env, const char *name, const char *value)
{
    size_t n;
    char *text;

    if (value == NULL)
        return;
    n = strlen(name) + strlen(value) + 2;
    text = xmalloc(n);
    snprintf(text, n, "%s=%s", name, value);
    env->v[env->n++] = text;
}

/* On the heap with all its strings. */
static struct exec_env
exec_env_make(const struct exec_names *names)
{
    struct exec_env env = {NULL, 0};
    size_t count = 0;

    while (environ[count])
        count++;
    env.v = xcalloc(count + 5, sizeof(*env.v));
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "WEFT_", 5) != 0 &&
            strncmp(environ[i], "REDIS_URL=", 10) != 0)
            env.v[env.n++] = xstrdup(environ[i]);
    exec_env_add(&env, "WEFT_NAME", names->crawl);
    exec_env_add(&env, "WEFT_OUTPUT", names->folder);
    exec_env_add(&env, "WEFT_WORKER", names->worker);
    /* so that a print() reaches us, whose answer we wait for */
    if (getenv("PYTHONUNBUFFERED") == NULL)
        exec_env_add(&env, "PYTHONUNBUFFERED", "1");
    return env;
}

static void
exec_env_free(struct exec_env *env)
{
    for (size_t i = 0; i < env->n; i++)
        free(env->v[i]);
    free(env->v);
}

/* --- the start --- */

/*
 * Between fork and exec, in a process of many threads: nothing but calls that
 * are safe in a signal handler.
 */
static _Noreturn void
exec_become(const char *command, char **env, const int fds[3], pid_t parent)
{
    const char *args[] = {"sh", "-c", exec_keeper, "sh", command, NULL};
    const struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (getppid() != parent)
        _exit(127);
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 0; i < 3; i++)
        if (dup2(fds[i], i) < 0)
            _exit(127);
    closefrom(3);
    execve("/bin/sh", (char *const *)(uintptr_t)args, env);
    _exit(127);
}

/* None of them is 0, 1 or 2: dup2() must not step on the others. */
static int
exec_open_pipe(int fds[2])
{
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        int fd = fds[i] > 2 ? fds[i] : fcntl(fds[i], F_DUPFD_CLOEXEC, 3);

        if (fd < 0)
            return -1;
        if (fd != fds[i])
            close(fds[i]);
        fds[i] = fd;
    }
    return 0;
}

static void
exec_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

enum err
exec_command_start(const char *command, const struct exec_names *names,
                   struct exec_pipes *out)
{
    int in[2] = {-1, -1}, from[2] = {-1, -1}, err[2] = {-1, -1};
    struct exec_env env = {NULL, 0};
    enum err e = ERR_IO;
    pid_t parent = getpid(), pid;
    int error;

    *out = (struct exec_pipes){-1, -1, -1, 0};
    if (exec_open_pipe(in) != 0 || exec_open_pipe(from) != 0 ||
        exec_open_pipe(err) != 0)
        goto out;
    env = exec_env_make(names);
    pid = fork();
    if (pid == 0)
        exec_become(command, env.v, (int[]){in[0], from[1], err[1]}, parent);
    if (pid < 0)
        goto out;
    setpgid(pid, pid); /* whoever is first; it may have ended already */
    *out = (struct exec_pipes){in[1], from[0], err[0], pid};
    for (int i = 0; i < 3; i++)
        fcntl((int[]){in[1], from[0], err[0]}[i], F_SETFL, O_NONBLOCK);
    in[1] = from[0] = err[0] = -1;
    e = ERR_OK;
out:
    error = errno;
    exec_env_free(&env);
    for (int i = 0; i < 2; i++) {
        exec_close(in[i]);
        exec_close(from[i]);
        exec_close(err[i]);
    }
    errno = error;
    return e;
}

void
exec_command_kill(pid_t pid, int signal_number)
{
    if (pid > 1)
        kill(-pid, signal_number);
}

const char *
exec_command_how(int status, char out[64])
{
    if (WIFSIGNALED(status))
        snprintf(out, 64, "was ended by %s", strsignal(WTERMSIG(status)));
    else
        snprintf(out, 64, "ended with exit code %d", WEXITSTATUS(status));
    return out;
}

/* --- the trial --- */

struct exec_said {
    char bytes[EXEC_SAID_BYTES]; /* the end of it */
    size_t n;
};

/* Whether there may be more: false at its end. */
static bool
exec_listen(int fd, struct exec_said *said)
{
    char piece[EXEC_SAID_BYTES / 2];
    ssize_t n = read(fd, piece, sizeof(piece));

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    if (said == NULL)
        return true;
    if (said->n + (size_t)n > sizeof(said->bytes)) {
        size_t keep = sizeof(said->bytes) / 2;

        if (said->n > keep) {
            memmove(said->bytes, said->bytes + said->n - keep, keep);
            said->n = keep;
        }
    }
    memcpy(said->bytes + said->n, piece, (size_t)n);
    said->n += (size_t)n;
    return true;
}

/* The last line that is not empty. */
static struct str
exec_last_line(const struct exec_said *said)
{
    struct str text = str_trim((struct str){said->bytes, said->n});
    const char *line = text.n ? memrchr(text.p, '\n', text.n) : NULL;

    if (line)
        text = (struct str){line + 1, text.n - (size_t)(line + 1 - text.p)};
    if (text.n > 200)
        text.n = 200;
    return text;
}

static int64_t
exec_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it has ended; false: it did not in time, and was killed. */
static bool
exec_wait(struct exec_pipes *p, int64_t until_ms, struct exec_said *said,
          int *status)
{
    for (;;) {
        struct pollfd fds[] = {{p->out, POLLIN, 0}, {p->err, POLLIN, 0}};

        if (waitpid(p->pid, status, WNOHANG) == p->pid)
            return true;
        if (exec_now_ms() >= until_ms) {
            exec_command_kill(p->pid, SIGKILL);
            waitpid(p->pid, status, 0);
            return false;
        }
        poll(fds, 2, EXEC_TICK_MS);
        if (fds[0].revents && !exec_listen(p->out, NULL)) {
            close(p->out);
            p->out = -1;
        }
        if (fds[1].revents && !exec_listen(p->err, said)) {
            close(p->err);
            p->err = -1;
        }
    }
}

enum err
exec_command_try(const char *command, const struct exec_names *names,
                 int64_t timeout_ms, char why[EXEC_WHY_BYTES])
{
    struct exec_said said = {.n = 0};
    struct exec_pipes p;
    struct str line;
    bool has_ended;
    char how[64];
    int status = 0;

    if (exec_command_start(command, names, &p) != ERR_OK) {
        snprintf(why, EXEC_WHY_BYTES, "--exec: cannot start /bin/sh: %s",
                 strerror(errno));
        return ERR_INVALID;
    }
    close(p.in);
    has_ended = exec_wait(&p, exec_now_ms() + timeout_ms, &said, &status);
    errno = 0;
    for (int i = 0; i < 100 && p.err >= 0 && errno == 0; i++)
        if (!exec_listen(p.err, &said))
            break;
    exec_close(p.out);
    exec_close(p.err);
    exec_command_kill(p.pid, SIGKILL); /* what it left behind */
    if (has_ended && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERR_OK;
    line = exec_last_line(&said);
    snprintf(why, EXEC_WHY_BYTES, "--exec \"%s\": without input it %s%s%s",
             LOG_ESC(((struct str){command, strnlen(command, 100)})),
             has_ended ? exec_command_how(status, how)
                       : "must end by itself, and did not",
             line.n ? ": " : "", LOG_ESC(line));
    return ERR_INVALID;
}
