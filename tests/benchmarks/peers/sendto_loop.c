/* Sends a datagram to each of some ports of 127.0.0.1, again and again, one sendto each; prints the nanoseconds of
   processor time that it took. usage: sendto_loop ROUNDS BYTES PORT... */
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
	if (argc < 4)
		return 2;
	long rounds = atol(argv[1]);
	size_t bytes = (size_t)atol(argv[2]);
	int ports = argc - 3, sender = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in *peers = calloc((size_t)ports, sizeof *peers);
	char *payload = malloc(bytes);
	if (sender < 0 || !peers || !payload)
		return 1;
	memset(payload, 'x', bytes);
	for (int i = 0; i < ports; i++) {
		peers[i].sin_family = AF_INET;
		peers[i].sin_port = htons((unsigned short)atoi(argv[3 + i]));
		peers[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	long long began = spent();
	for (long round = 0; round < rounds; round++)
		for (int i = 0; i < ports; i++)
			sendto(sender, payload, bytes, MSG_DONTWAIT, (struct sockaddr *)&peers[i], sizeof peers[i]);
	printf("%lld\n", spent() - began);
	return 0;
}
