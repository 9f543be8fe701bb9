/* Sends a datagram to each of some ports of 127.0.0.1, again and again, by one sendto each or by sendmmsg for all ports;
   prints the nanoseconds of processor time that it took. usage: sendto_loop sendto|sendmmsg ROUNDS BYTES PORT... */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static long long spent(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	int many = !strcmp(argv[1], "sendmmsg");
	long rounds = atol(argv[2]);
	size_t bytes = (size_t)atol(argv[3]);
	int ports = argc - 4, sender = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in *peers = calloc((size_t)ports, sizeof *peers);
	struct mmsghdr *messages = calloc((size_t)ports, sizeof *messages);
	char *payload = malloc(bytes);
	if (sender < 0 || !peers || !messages || !payload)
		return 1;
	memset(payload, 'x', bytes);
	struct iovec piece = { payload, bytes };
	for (int i = 0; i < ports; i++) {
		peers[i].sin_family = AF_INET;
		peers[i].sin_port = htons((unsigned short)atoi(argv[4 + i]));
		peers[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		messages[i].msg_hdr.msg_name = &peers[i];
		messages[i].msg_hdr.msg_namelen = sizeof peers[i];
		messages[i].msg_hdr.msg_iov = &piece;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	long long began = spent();
	for (long round = 0; round < rounds; round++)
		if (many)
			sendmmsg(sender, messages, (unsigned)ports, MSG_DONTWAIT);
		else for (int i = 0; i < ports; i++)
			sendto(sender, payload, bytes, MSG_DONTWAIT, (struct sockaddr *)&peers[i], sizeof peers[i]);
	printf("%lld\n", spent() - began);
	return 0;
}
