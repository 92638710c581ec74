/*
 * Names are looked up by what glibc has inside: /etc/hosts, then DNS as /etc/resolv.conf says. What else
 * /etc/nsswitch.conf may ask for are libraries of the machine's own glibc, and a program that holds another one
 * must not load them.
 */
#include <nss.h>

__attribute__((constructor)) static void look_names_up_inside(void)
{
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("services", "files");
    __nss_configure_lookup("passwd", "files");
}
