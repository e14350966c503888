"""An SMTP server that accepts everything and remembers for whom, so that somebody other than the sender knows.

    python3 smtp_oracle.py PORT JOURNAL [DELAY_MS]

Each accepted message is one line `recipient` in the journal, flushed before the answer leaves. Offers PIPELINING.
"""

import asyncio
import sys


async def main(port, journal_path, delay):
    journal = open(journal_path, "a", buffering=1, encoding="utf-8")

    async def serve(reader, writer):
        writer.write(b"220 oracle ESMTP\r\n")
        recipient = ""
        try:
            while True:
                line = await reader.readline()
                if not line:
                    return
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(b"250-oracle\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n")
                elif verb == b"RCPT":
                    recipient = line.split(b"<")[1].split(b">")[0].decode()
                    writer.write(b"250 2.1.5 ok\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await writer.drain()
                    while (part := await reader.readline()) != b".\r\n":
                        if not part:
                            return
                    if delay:
                        await asyncio.sleep(delay)
                    journal.write(recipient + "\n")
                    journal.flush()
                    writer.write(b"250 2.0.0 ok: queued\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                else:
                    writer.write(b"250 2.0.0 ok\r\n")
                if not reader._buffer:
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 20)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0))
