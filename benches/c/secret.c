/*
 * Prints the secret whose attribute `bench` is `yes`, by libdbus and as few calls as the Secret
 * Service allows (freedesktop.org, "Secret Service API"): the program that someone would write by
 * hand if speed were all that mattered.
 */
#include <dbus/dbus.h>
#include <stdio.h>

static DBusConnection *bus;

/* A call of `name` on an object of the service. */
static DBusMessage *method(const char *path, const char *interface, const char *name) {
    return dbus_message_new_method_call("org.freedesktop.secrets", path, interface, name);
}

/* Sends `call`, and puts its arguments where `answer` points to. */
static DBusMessage *answer_to(DBusMessage *call, DBusMessageIter *answer) {
    DBusError error;
    dbus_error_init(&error);
    DBusMessage *reply = dbus_connection_send_with_reply_and_block(bus, call, 5000, &error);
    dbus_message_unref(call);
    if (!reply) {
        fprintf(stderr, "%s\n", error.message);
        return NULL;
    }
    return dbus_message_iter_init(reply, answer) ? reply : NULL;
}

int main(void) {
    DBusMessageIter at, inner, entry;
    bus = dbus_bus_get(DBUS_BUS_SESSION, NULL);
    if (!bus) {
        fputs("no session bus\n", stderr);
        return 1;
    }

    DBusMessage *call =
        method("/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "OpenSession");
    const char *plain = "plain", *none = "", *session, *item;
    dbus_message_iter_init_append(call, &at);
    dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &plain);
    dbus_message_iter_open_container(&at, DBUS_TYPE_VARIANT, "s", &inner);
    dbus_message_iter_append_basic(&inner, DBUS_TYPE_STRING, &none);
    dbus_message_iter_close_container(&at, &inner);
    if (!answer_to(call, &at) || !dbus_message_iter_next(&at)) return 1;
    dbus_message_iter_get_basic(&at, &session);

    call = method("/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "SearchItems");
    const char *key = "bench", *value = "yes";
    dbus_message_iter_init_append(call, &at);
    dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{ss}", &inner);
    dbus_message_iter_open_container(&inner, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &value);
    dbus_message_iter_close_container(&inner, &entry);
    dbus_message_iter_close_container(&at, &inner);
    if (!answer_to(call, &at)) return 1;
    dbus_message_iter_recurse(&at, &inner);
    if (dbus_message_iter_get_arg_type(&inner) != DBUS_TYPE_OBJECT_PATH) return 1;
    dbus_message_iter_get_basic(&inner, &item);

    call = method(item, "org.freedesktop.Secret.Item", "GetSecret");
    dbus_message_iter_init_append(call, &at);
    dbus_message_iter_append_basic(&at, DBUS_TYPE_OBJECT_PATH, &session);
    if (!answer_to(call, &at)) return 1;
    const char *secret;
    int length;
    dbus_message_iter_recurse(&at, &inner); /* session, parameters, value, content type */
    if (!dbus_message_iter_next(&inner) || !dbus_message_iter_next(&inner)) return 1;
    dbus_message_iter_recurse(&inner, &entry);
    dbus_message_iter_get_fixed_array(&entry, &secret, &length);
    return fwrite(secret, 1, (size_t)length, stdout) != (size_t)length;
}
