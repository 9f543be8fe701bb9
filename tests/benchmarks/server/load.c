/* What benchmarks of a server need at its other end: receivers that count, and clients that ask and wait for the reply.

   load drain udp COUNT            prints the ports of COUNT sockets of 127.0.0.1 in a line
   load drain unix COUNT FOLDER    binds FOLDER/0, FOLDER/1, … and prints their numbers in a line
     then, for each line that it reads, it prints how many datagrams have come since the last one, and ends with its input
   load ask datagram PORT TRIPS CLIENTS   each of CLIENTS sockets sends a request when its last one is answered
   load ask http PORT TRIPS               over one connection
   load ask connections PORT TRIPS        over a new connection each
   load ask fifo PATH TRIPS FOLDER [MICROSECONDS]   writes to the FIFO, then, so much later, opens its reply FIFO in
     FOLDER for reading
     and prints how many replies said OK, and the seconds that all took */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, LONGEST = 2048, WAIT_MS = 30000, RECEIVE_BUFFER = 64 << 20 };

static const char REQUEST[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"raise_event\",\"params\":{\"event\":\"E_MI\","
	"\"params\":\"{\\\"code\\\":200,\\\"user\\\":\\\"alice\\\"}\"}}";

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in local(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int udp_receiver(void)
{
	struct sockaddr_in address = local(0);
	socklen_t length = sizeof address;
	int made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (made < 0 || bind(made, (struct sockaddr *)&address, length) || getsockname(made, (struct sockaddr *)&address, &length))
		fail("udp");
	printf("%d ", ntohs(address.sin_port));
	return made;
}

static int unix_receiver(const char *folder, int number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/%d", folder, number);
	if (made < 0 || bind(made, (struct sockaddr *)&address, sizeof address))
		fail(address.sun_path);
	printf("%d ", number);
	return made;
}

static void watch(int poller, int fd)
{
	struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted))
		fail("epoll");
}

/* Returns how many datagrams one call took from a socket. */
static long taken(int fd)
{
	static char buffers[BATCH][LONGEST];
	static struct iovec parts[BATCH];
	static struct mmsghdr messages[BATCH];
	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){.iov_base = buffers[i], .iov_len = LONGEST};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	int came = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	return came > 0 ? came : 0;
}

static int drain(const char *kind, int sockets, const char *folder)
{
	int poller = epoll_create1(0), size = RECEIVE_BUFFER;
	for (int i = 0; i < sockets; i++) {
		int made = strcmp(kind, "unix") ? udp_receiver() : unix_receiver(folder, i);
		if (setsockopt(made, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) /* without the right: as much as there may be */
			setsockopt(made, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
		watch(poller, made);
	}
	watch(poller, STDIN_FILENO);
	puts("");
	fflush(stdout);
	struct epoll_event ready[BATCH];
	char line[256];
	for (long count = 0;;) {
		int some = epoll_wait(poller, ready, BATCH, -1);
		for (int i = 0; i < some; i++) {
			if (ready[i].data.fd != STDIN_FILENO) {
				count += taken(ready[i].data.fd);
				continue;
			}
			if (read(STDIN_FILENO, line, sizeof line) <= 0)
				return 0;
			printf("%ld\n", count);
			fflush(stdout);
			count = 0;
		}
	}
}

static int told(double began, long trips, long good)
{
	printf("%ld %.6f\n", good, now() - began);
	return good == trips ? 0 : 1;
}

static int said_ok(const char *text, size_t length)
{
	return memmem(text, length, "\"OK\"", 4) != NULL;
}

static int ask_datagram(int port, long trips, int clients)
{
	struct sockaddr_in server = local(port);
	struct pollfd *asking = calloc((size_t)clients, sizeof *asking);
	char reply[LONGEST];
	long sent = 0, came = 0, good = 0;
	double began = now();
	for (int i = 0; i < clients; i++) {
		asking[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN};
		if (connect(asking[i].fd, (struct sockaddr *)&server, sizeof server))
			fail("connect");
		if (sent < trips && send(asking[i].fd, REQUEST, strlen(REQUEST), 0) > 0)
			sent++;
	}
	while (came < trips && poll(asking, (nfds_t)clients, WAIT_MS) > 0)
		for (int i = 0; i < clients; i++) {
			if (!asking[i].revents)
				continue;
			ssize_t length = recv(asking[i].fd, reply, sizeof reply, 0);
			came++;
			good += length > 0 && said_ok(reply, (size_t)length);
			if (sent < trips && send(asking[i].fd, REQUEST, strlen(REQUEST), 0) > 0)
				sent++;
		}
	return told(began, trips, good);
}

static int connected(int port)
{
	struct sockaddr_in server = local(port);
	struct timeval longest = {.tv_sec = WAIT_MS / 1000};
	int made = socket(AF_INET, SOCK_STREAM, 0);
	if (made < 0 || connect(made, (struct sockaddr *)&server, sizeof server))
		fail("connect");
	setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
	return made;
}

/* Sends a POST; reads a reply as long as its Content-Length says; returns whether it said OK. */
static int posted(int fd, const char *request, size_t length)
{
	char reply[LONGEST + 1];
	size_t got = 0;
	if (write(fd, request, length) < 0)
		return 0;
	for (;;) {
		ssize_t more = got < LONGEST ? read(fd, reply + got, LONGEST - got) : 0;
		if (more <= 0)
			return 0;
		got += (size_t)more;
		reply[got] = 0;
		char *body = strstr(reply, "\r\n\r\n"), *said = strcasestr(reply, "Content-Length:");
		if (body && said && got >= (size_t)(body + 4 - reply) + (size_t)atol(said + 15))
			return said_ok(body, strlen(body));
	}
}

static int ask_http(int port, long trips, int kept)
{
	char request[LONGEST];
	int length = snprintf(request, sizeof request, "POST /mi HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
		"Connection: %s\r\nContent-Length: %zu\r\n\r\n%s", kept ? "keep-alive" : "close", strlen(REQUEST), REQUEST);
	long good = 0;
	double began = now();
	int fd = kept ? connected(port) : -1;
	for (long i = 0; i < trips; i++) {
		int own = kept ? fd : connected(port);
		good += posted(own, request, (size_t)length);
		if (!kept)
			close(own);
	}
	return told(began, trips, good);
}

static int ask_fifo(const char *path, long trips, const char *folder, unsigned late)
{
	char name[64], reply_path[512], request[LONGEST], reply[LONGEST];
	snprintf(name, sizeof name, "reply_%d", getpid());
	snprintf(reply_path, sizeof reply_path, "%s/%s", folder, name);
	int length = snprintf(request, sizeof request, ":%s:%s", name, REQUEST);
	if (mkfifo(reply_path, 0600))
		fail(reply_path);
	long good = 0;
	double began = now();
	for (long i = 0; i < trips; i++) {
		int asking = open(path, O_WRONLY);
		if (asking < 0 || write(asking, request, (size_t)length) < 0)
			fail(path);
		close(asking);
		if (late)
			usleep(late);
		int reading = open(reply_path, O_RDONLY);
		size_t got = 0;
		for (ssize_t more; got < sizeof reply && (more = read(reading, reply + got, sizeof reply - got)) > 0;)
			got += (size_t)more;
		close(reading);
		good += said_ok(reply, got);
	}
	unlink(reply_path);
	return told(began, trips, good);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "drain"))
		return drain(argv[2], atoi(argv[3]), argc > 4 ? argv[4] : "");
	if (argc < 5 || strcmp(argv[1], "ask"))
		return 2;
	long trips = atol(argv[4]);
	if (!strcmp(argv[2], "datagram"))
		return ask_datagram(atoi(argv[3]), trips, argc > 5 ? atoi(argv[5]) : 1);
	if (!strcmp(argv[2], "fifo"))
		return ask_fifo(argv[3], trips, argc > 5 ? argv[5] : ".", argc > 6 ? (unsigned)atoi(argv[6]) : 0);
	return ask_http(atoi(argv[3]), trips, !strcmp(argv[2], "http"));
}
