/* sockets.h - the connections that engines have open to servers, of whichever session, so that a run can end although a server
 * that is stopped, or the network to it, is silent: neither PostgreSQL's library nor MariaDB's can be told to give up waiting.
 *
 * One list for the process, against the rule, since a run ends as a whole, and a connection that is being made belongs to no
 * session yet. Any thread may call these functions. */
#pragma once

/* Notes that fd is a connection, and lets the kernel find out when its other end is gone. Returns what sockets_drop takes, a
 * descriptor of its own and never 0, or -errno. */
int sockets_add(int fd);
/* Before the connection is closed. Accepts 0, and what sockets_add failed with. */
void sockets_drop(int fd);
/* Whoever waits for a server at one of them waits no more: it is as if the server had closed it. */
void sockets_sever(void);
/* fd, a library's own, is from now on a connection that the other end has closed. For one whose answer has no end: what a library reads
 * until an end comes it goes on reading even behind shutdown, for as long as something is sent. */
void sockets_end(int fd);
