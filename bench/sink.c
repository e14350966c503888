/* sink.c - a counting SMTP / HTTP sink for benchmarks (Linux, epoll, one thread).
 *
 * It accepts everything, counts messages, hashes the recipient of each one so
 * that losses and duplicates show, and prints one JSON line when it ends.
 *
 *   cc -O2 -o sink sink.c
 *   sink -m smtp -p 2525 -n 50000 -i 20 -o out.json
 *   sink -m http -p 8025 -d 50 -r 250
 *
 *   -m smtp|http   protocol                        (default smtp)
 *   -p port        port on 127.0.0.1
 *   -n count       end after this many messages    (default: none)
 *   -i seconds     end when idle this long after the first message (default 60)
 *   -w seconds     end when nothing came at all in this long       (default 120)
 *   -d ms          hold the answer to each message this long (provider latency)
 *   -e n           answer every n-th message with a transient error (451 / 503)
 *   -r bytes       size of the HTTP answer's JSON body             (default 200)
 *   -N             do not offer PIPELINING
 *   -L             linger: go on answering after -n, until -i or a signal
 *   -o file        write the JSON line here as well
 *
 * HTTP: a request counts as one message; the recipient is the value of the
 * first "to":"..." (or else "email":"...") in its body.  Needs Content-Length (no chunked bodies).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAXFD 65536
enum { CMD, DATA };
typedef struct {
    char *buf; size_t len, cap;      /* input not yet consumed */
    char *out; size_t olen, ocap;    /* output not yet written */
    int state; uint64_t rcpt; unsigned gen; int held; int wr;
} Conn;
static Conn *conns[MAXFD];
static unsigned gens[MAXFD];
static volatile sig_atomic_t stop_now;
static int ep, http, linger_mode, no_pipelining; static long want = -1, delay_ms, every_err;
static uint64_t n_msg, n_ok, n_err, n_conn, n_bytes, n_uniq, n_dup; static int open_now, open_max;
static uint64_t t_start, t_first, t_last;
static char hdr_ok[16384]; static size_t hdr_ok_len;
static const char http_err[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"error\":\"busy\"}";

static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static void on_sig(int s) { (void)s; stop_now = 1; }

/* set of 64-bit hashes, open addressing */
static uint64_t *tab; static size_t tabcap, tabn;
static int set_add(uint64_t h) {
    if (!h) h = 1;
    if ((tabn + 1) * 2 > tabcap) {
        size_t oc = tabcap; uint64_t *o = tab; tabcap = oc ? oc * 2 : 1 << 16;
        tab = calloc(tabcap, 8);
        for (size_t i = 0; i < oc; i++) if (o[i]) { size_t j = o[i] & (tabcap - 1); while (tab[j]) j = (j + 1) & (tabcap - 1); tab[j] = o[i]; }
        free(o);
    }
    size_t j = h & (tabcap - 1);
    while (tab[j]) { if (tab[j] == h) return 0; j = (j + 1) & (tabcap - 1); }
    tab[j] = h; tabn++; return 1;
}
static uint64_t hash(const char *p, size_t n) {
    uint64_t h = 1469598103934665603ull;
    for (size_t i = 0; i < n; i++) { h ^= (unsigned char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]); h *= 1099511628211ull; }
    h ^= h >> 29; h *= 0xbf58476d1ce4e5b9ull; h ^= h >> 32; return h;
}

static void put(Conn *c, const char *s, size_t n) {
    if (c->olen + n > c->ocap) { c->ocap = (c->olen + n) * 2 + 256; c->out = realloc(c->out, c->ocap); }
    memcpy(c->out + c->olen, s, n); c->olen += n;
}
#define PUTS(c, s) put(c, s, sizeof(s) - 1)

/* delayed answers: constant delay, so a FIFO ring is a timer queue */
typedef struct { uint64_t at; int fd; unsigned gen; int err; } Held;
static Held *ring; static size_t rhead, rtail, rcap;
static void hold(int fd, int err) {
    if (rtail - rhead == rcap) {
        size_t nc = rcap ? rcap * 2 : 4096; Held *n = malloc(nc * sizeof *n);
        for (size_t i = rhead; i < rtail; i++) n[i - rhead] = ring[i % rcap];
        free(ring); ring = n; rtail -= rhead; rhead = 0; rcap = nc;
    }
    ring[rtail++ % rcap] = (Held){ now() + delay_ms * 1000000ull, fd, gens[fd], err };
}
static void answer(Conn *c, int err) {
    if (http) { if (err) put(c, http_err, sizeof http_err - 1); else put(c, hdr_ok, hdr_ok_len); }
    else if (err) PUTS(c, "451 4.3.0 try again\r\n"); else PUTS(c, "250 2.0.0 Ok: queued\r\n");
}
/* one whole message has arrived; returns 1 when its answer is held back */
static int message(int fd, Conn *c, uint64_t key) {
    t_last = now(); if (!n_msg) t_first = t_last;
    n_msg++;
    int err = every_err && n_msg % every_err == 0;
    if (err) n_err++;
    else { n_ok++; if (set_add(key)) n_uniq++; else n_dup++; }
    if (delay_ms) { hold(fd, err); c->held = 1; return 1; }
    answer(c, err); return 0;
}

static size_t eat_smtp(int fd, Conn *c) {
    size_t i = 0;
    while (i < c->len && !c->held) {
        char *p = c->buf + i; size_t left = c->len - i;
        if (c->state == DATA) {
            char *e;
            if (left >= 3 && !memcmp(p, ".\r\n", 3)) e = p - 2;      /* empty body */
            else e = memmem(p, left, "\r\n.\r\n", 5);
            if (!e) return i;
            i = (e - c->buf) + 5; c->state = CMD; message(fd, c, c->rcpt);
            continue;
        }
        char *nl = memchr(p, '\n', left); if (!nl) return i;
        size_t l = nl - p + 1; i += l;
        if (l < 5) { PUTS(c, "500 what\r\n"); continue; }
        if (!strncasecmp(p, "EHLO", 4)) {
            if (no_pipelining) PUTS(c, "250-sink\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n");
            else PUTS(c, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n");
        }
        else if (!strncasecmp(p, "RCPT", 4)) {
            char *a = memchr(p, '<', l), *b = memchr(p, '>', l);
            c->rcpt = a && b && b > a ? hash(a + 1, b - a - 1) : hash(p, l);
            PUTS(c, "250 2.1.5 Ok\r\n");
        }
        else if (!strncasecmp(p, "DATA", 4)) { c->state = DATA; PUTS(c, "354 go\r\n"); }
        else if (!strncasecmp(p, "QUIT", 4)) { PUTS(c, "221 bye\r\n"); c->wr |= 2; }
        else PUTS(c, "250 2.0.0 Ok\r\n");     /* HELO MAIL RSET NOOP ... */
    }
    return i;
}
static size_t eat_http(int fd, Conn *c) {
    size_t i = 0;
    while (i < c->len && !c->held) {
        char *p = c->buf + i; size_t left = c->len - i;
        char *e = memmem(p, left, "\r\n\r\n", 4); if (!e) return i;
        size_t hl = e - p + 4, body = 0;
        for (char *q = p; q < e; ) {
            char *nl = memchr(q, '\n', e + 2 - q); if (!nl) break;
            if (!strncasecmp(q, "content-length:", 15)) body = strtoul(q + 15, 0, 10);
            else if (!strncasecmp(q, "expect:", 7) && left == hl && body) { PUTS(c, "HTTP/1.1 100 Continue\r\n\r\n"); }
            q = nl + 1;
        }
        if (left < hl + body) return i;
        char *b = p + hl, *t = memmem(b, body, "\"to\":", 5); uint64_t key = 0; size_t kl = 5;
        if (!t) { t = memmem(b, body, "\"email\":", 8); kl = 8; }
        if (t) { char *s = memchr(t + kl, '"', b + body - t - kl); if (s) { char *z = memchr(s + 1, '"', b + body - s - 1); if (z) key = hash(s + 1, z - s - 1); } }
        i += hl + body;
        message(fd, c, key);
    }
    return i;
}
static void drop(int fd) {
    Conn *c = conns[fd]; if (!c) return;
    conns[fd] = 0; gens[fd]++; open_now--; close(fd); free(c->buf); free(c->out); free(c);
}
static void flush_out(int fd) {
    Conn *c = conns[fd];
    while (c->olen) {
        ssize_t w = write(fd, c->out, c->olen);
        if (w < 0) {
            if (errno == EAGAIN) { if (!(c->wr & 1)) { c->wr |= 1; struct epoll_event v = { .events = EPOLLIN | EPOLLOUT, .data.fd = fd }; epoll_ctl(ep, EPOLL_CTL_MOD, fd, &v); } return; }
            drop(fd); return;
        }
        memmove(c->out, c->out + w, c->olen - w); c->olen -= w;
    }
    if (c->wr & 1) { c->wr &= ~1; struct epoll_event v = { .events = EPOLLIN, .data.fd = fd }; epoll_ctl(ep, EPOLL_CTL_MOD, fd, &v); }
    if (c->wr & 2) drop(fd);
}
static void process(int fd) {
    Conn *c = conns[fd];
    size_t used = http ? eat_http(fd, c) : eat_smtp(fd, c);
    if (used) { memmove(c->buf, c->buf + used, c->len - used); c->len -= used; }
    flush_out(fd);
}
static void readable(int fd) {
    Conn *c = conns[fd];
    for (;;) {
        if (c->cap - c->len < 16384) { c->cap = c->cap ? c->cap * 2 : 32768; c->buf = realloc(c->buf, c->cap); }
        ssize_t r = read(fd, c->buf + c->len, c->cap - c->len);
        if (r == 0) { drop(fd); return; }
        if (r < 0) { if (errno == EAGAIN) break; drop(fd); return; }
        n_bytes += r; c->len += r;
        if ((size_t)r < c->cap - c->len) break;
    }
    process(fd);
}
int main(int argc, char **argv) {
    int port = 2525, o; long idle = 60, wait_first = 120, rb = 200; const char *ofile = 0;
    while ((o = getopt(argc, argv, "m:p:n:i:w:d:e:r:o:LN")) > 0) switch (o) {
        case 'm': http = !strcmp(optarg, "http"); break;
        case 'p': port = atoi(optarg); break;
        case 'n': want = atol(optarg); break;
        case 'i': idle = atol(optarg); break;
        case 'w': wait_first = atol(optarg); break;
        case 'd': delay_ms = atol(optarg); break;
        case 'e': every_err = atol(optarg); break;
        case 'r': rb = atol(optarg); break;
        case 'o': ofile = optarg; break;
        case 'L': linger_mode = 1; break;
        case 'N': no_pipelining = 1; break;
        default: return 2;
    }
    if (rb < 40) rb = 40;
    if (rb > 15000) rb = 15000;
    hdr_ok_len = snprintf(hdr_ok, 400, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %ld\r\n\r\n", rb);
    { size_t s = hdr_ok_len; s += snprintf(hdr_ok + s, 64, "{\"id\":\"0123456789abcdef\",\"pad\":\""); size_t end = hdr_ok_len + rb - 2;
      while (s < end) hdr_ok[s++] = 'x';
      hdr_ok[s++] = '"'; hdr_ok[s++] = '}'; hdr_ok_len = s; }
    struct sigaction sa = { .sa_handler = on_sig }; sigaction(SIGTERM, &sa, 0); sigaction(SIGINT, &sa, 0); signal(SIGPIPE, SIG_IGN);
    int ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(ls, (void *)&a, sizeof a) || listen(ls, 4096)) { perror("bind"); return 1; }
    ep = epoll_create1(0); struct epoll_event v = { .events = EPOLLIN, .data.fd = ls }; epoll_ctl(ep, EPOLL_CTL_ADD, ls, &v);
    fprintf(stderr, "sink ready on 127.0.0.1:%d\n", port);
    t_start = now(); uint64_t last_seen = 0, last_n = 0; struct epoll_event ev[512];
    while (!stop_now) {
        int tmo = 200;
        if (rtail > rhead) { int64_t d = (int64_t)ring[rhead % rcap].at - (int64_t)now(); tmo = d <= 0 ? 0 : d / 1000000 + 1; if (tmo > 200) tmo = 200; }
        int n = epoll_wait(ep, ev, 512, tmo);
        for (int k = 0; k < n; k++) {
            int fd = ev[k].data.fd;
            if (fd == ls) {
                for (;;) {
                    int f = accept4(ls, 0, 0, SOCK_NONBLOCK); if (f < 0) break;
                    if (f >= MAXFD) { close(f); continue; }
                    setsockopt(f, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    conns[f] = calloc(1, sizeof(Conn)); n_conn++; if (++open_now > open_max) open_max = open_now;
                    struct epoll_event w = { .events = EPOLLIN, .data.fd = f }; epoll_ctl(ep, EPOLL_CTL_ADD, f, &w);
                    if (!http) { PUTS(conns[f], "220 sink ESMTP\r\n"); flush_out(f); }
                }
                continue;
            }
            if (!conns[fd]) continue;
            if (ev[k].events & EPOLLOUT) { flush_out(fd); if (!conns[fd]) continue; }
            if (ev[k].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(fd);
        }
        if (rtail > rhead) { uint64_t t = now();
            while (rtail > rhead && ring[rhead % rcap].at <= t) {
                Held h = ring[rhead++ % rcap]; Conn *c = conns[h.fd];
                if (c && gens[h.fd] == h.gen) { c->held = 0; answer(c, h.err); process(h.fd); }
            } }
        if (want > 0 && (long)n_uniq >= want && rtail == rhead && !linger_mode) {
            /* let the last answers leave, then end */
            uint64_t till = now() + 100000000ull;
            while (now() < till) { int m = epoll_wait(ep, ev, 512, 20); for (int k = 0; k < m; k++) { int fd = ev[k].data.fd; if (fd != ls && conns[fd]) readable(fd); } }
            break;
        }
        if (n <= 0) {
            uint64_t t = now();
            if (n_msg != last_n) { last_n = n_msg; last_seen = t; }
            if (n_msg && t - last_seen > idle * 1000000000ull) break;
            if (!n_msg && t - t_start > wait_first * 1000000000ull) break;
        } else if (n_msg != last_n) { last_n = n_msg; last_seen = now(); }
    }
    struct rusage ru; getrusage(RUSAGE_SELF, &ru);
    double cpu = ru.ru_utime.tv_sec + ru.ru_stime.tv_sec + (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6, sec = (t_last - t_first) / 1e9;
    struct timespec rt; clock_gettime(CLOCK_REALTIME, &rt); double wall_now = rt.tv_sec + rt.tv_nsec / 1e9, mono_now = now() / 1e9;
    char line[1024];
    snprintf(line, sizeof line, "{\"messages\":%llu,\"ok\":%llu,\"errors\":%llu,\"unique\":%llu,\"duplicates\":%llu,\"connections\":%llu,\"open_max\":%d,\"bytes\":%llu,\"seconds\":%.4f,\"rate\":%.1f,\"first_epoch\":%.4f,\"last_epoch\":%.4f,\"cpu_s\":%.3f}\n",
        (unsigned long long)n_msg, (unsigned long long)n_ok, (unsigned long long)n_err, (unsigned long long)n_uniq, (unsigned long long)n_dup, (unsigned long long)n_conn, open_max, (unsigned long long)n_bytes,
        sec, sec > 0 ? (n_msg - 1) / sec : 0, t_first ? wall_now - (mono_now - t_first / 1e9) : 0, t_last ? wall_now - (mono_now - t_last / 1e9) : 0, cpu);
    fputs(line, stdout); if (ofile) { FILE *f = fopen(ofile, "w"); if (f) { fputs(line, f); fclose(f); } }
    return 0;
}
