using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Tcp;

namespace P2P.Bench;

/// <summary>Noise and yamux over loopback TCP beside the same bytes over raw TCP.</summary>
internal static class ConnectionBench
{
    private const int Batch = 100;
    private const int ChunkBytes = 256 * 1024;

    private static readonly PrivateKey s_serverKey = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);

    /// <summary>Raw and secure throughput in turns, so that both see the same machine.</summary>
    /// <param name="rounds">Rounds after a warm-up.</param>
    /// <param name="megabytes">Per round.</param>
    public static async Task ThroughputAsync(int rounds, int megabytes)
    {
        long bytes = megabytes * 1_000_000L;
        List<double> raw = [];
        List<double> one = [];
        List<double> eight = [];
        List<double> rawWall = [];
        List<double> oneWall = [];
        List<double> allocated = [];
        for (int i = -1; i < rounds; i++)
        {
            (double CpuSeconds, double WallSeconds, long AllocatedBytes) r = await RawAsync(bytes);
            (double CpuSeconds, double WallSeconds, long AllocatedBytes) s = await SecureAsync(bytes, streams: 1);
            (double CpuSeconds, double WallSeconds, long AllocatedBytes) m = await SecureAsync(bytes, streams: 8);
            if (i < 0)
            {
                continue; // warm-up
            }

            raw.Add(bytes / 1e9 / r.CpuSeconds);
            one.Add(bytes / 1e9 / s.CpuSeconds);
            eight.Add(bytes / 1e9 / m.CpuSeconds);
            rawWall.Add(bytes / 1e6 / r.WallSeconds);
            oneWall.Add(bytes / 1e6 / s.WallSeconds);
            allocated.Add((double)s.AllocatedBytes / (bytes / 65_268.0));
        }

        double yardstick = Measurement.Median(raw);
        Measurement.Print("raw-tcp", ("gb_per_cpu_s", yardstick), ("mb_per_s_wall", Measurement.Median(rawWall)));
        Measurement.Print(
            "noise-yamux-1-stream",
            ("gb_per_cpu_s", Measurement.Median(one)),
            ("ratio_to_raw_tcp", Measurement.Median(one) / yardstick),
            ("mb_per_s_wall", Measurement.Median(oneWall)),
            ("allocated_b_per_frame", Measurement.Median(allocated)));
        Measurement.Print(
            "noise-yamux-8-streams", ("gb_per_cpu_s", Measurement.Median(eight)), ("ratio_to_raw_tcp", Measurement.Median(eight) / yardstick));
    }

    /// <summary>Whole connections one after another: TCP, multistream, Noise, yamux and the close.</summary>
    /// <param name="count">How many.</param>
    public static async Task HandshakesAsync(int count)
    {
        await using Node server = await Node.ListenAsync(s_serverKey);
        for (int i = 0; i < 50; i++)
        {
            await using Pair warm = await server.DialAsync();
        }

        List<double> micros = [];
        List<double> perSecond = [];
        List<double> allocated = [];
        for (int round = 0; round < count / Batch; round++)
        {
            Measurement measurement = new();
            for (int i = 0; i < Batch; i++)
            {
                await using Pair pair = await server.DialAsync();
            }

            (double cpu, double wall, long bytes) = measurement.Stop();
            micros.Add(cpu / Batch / 2 * 1e6);
            perSecond.Add(Batch / wall);
            allocated.Add((double)bytes / Batch / 2);
        }

        Measurement.Print(
            "connections",
            ("cpu_us_per_side", Measurement.Median(micros)),
            ("cpu_us_per_side_best", micros.Min()),
            ("per_s_wall", Measurement.Median(perSecond)),
            ("allocated_b_per_side", Measurement.Median(allocated)));
    }

    /// <summary>64 bytes there and back on an open stream.</summary>
    /// <param name="count">How often.</param>
    public static async Task LatencyAsync(int count)
    {
        await using Node server = await Node.ListenAsync(s_serverKey);
        await using Pair pair = await server.DialAsync();
        MuxedStream client = await pair.Client.OpenStreamAsync(CancellationToken.None);
        byte[] buffer = new byte[64];
        await client.WriteAsync(buffer, CancellationToken.None);
        MuxedStream? accepted = await pair.Server.AcceptStreamAsync(CancellationToken.None);
        Task echo = EchoAsync(accepted!);
        await ReadExactlyAsync(client, buffer);
        double[] micros = new double[count];
        Measurement measurement = new();
        for (int i = 0; i < count; i++)
        {
            long at = Stopwatch.GetTimestamp();
            await client.WriteAsync(buffer, CancellationToken.None);
            await ReadExactlyAsync(client, buffer);
            micros[i] = Stopwatch.GetElapsedTime(at).TotalMicroseconds;
        }

        (double cpu, _, long allocated) = measurement.Stop();
        await client.CloseWriteAsync(CancellationToken.None);
        await echo;
        Array.Sort(micros);
        Measurement.Print(
            "ping-pong-64-b",
            ("p50_us_wall", micros[count / 2]),
            ("p99_us_wall", micros[count * 99 / 100]),
            ("cpu_us_per_round_trip", cpu / count * 1e6),
            ("allocated_b_per_round_trip", (double)allocated / count));
    }

    private static async Task<(double, double, long)> RawAsync(long bytes)
    {
        TcpTransport transport = new();
        await using ITransportListener listener = await transport.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        RawConnection there = await transport.DialAsync(listener.Address, CancellationToken.None);
        RawConnection? here = await listener.AcceptAsync(CancellationToken.None);
        byte[] buffer = new byte[ChunkBytes];
        byte[] chunk = new byte[ChunkBytes];
        Measurement measurement = new();
        Task sending = PoolSpawner.Instance.StartAsync(async () =>
        {
            for (long left = bytes; left > 0; left -= ChunkBytes)
            {
                await there.WriteAsync(chunk.AsMemory(0, (int)Math.Min(left, ChunkBytes)), CancellationToken.None);
            }
        });
        for (long got = 0; got < bytes;)
        {
            got += await here!.ReadAsync(buffer, CancellationToken.None);
        }

        await sending;
        (double, double, long) result = measurement.Stop();
        await there.DisposeAsync();
        await here!.DisposeAsync();
        return result;
    }

    private static async Task<(double, double, long)> SecureAsync(long bytes, int streams)
    {
        await using Node server = await Node.ListenAsync(s_serverKey);
        await using Pair pair = await server.DialAsync();
        Measurement measurement = new();
        Task[] sending = new Task[streams];
        Task[] receiving = new Task[streams];
        for (int i = 0; i < streams; i++)
        {
            sending[i] = PoolSpawner.Instance.StartAsync(() => SendAsync(pair.Client, bytes / streams));
        }

        for (int i = 0; i < streams; i++)
        {
            MuxedStream? stream = await pair.Server.AcceptStreamAsync(CancellationToken.None);
            receiving[i] = PoolSpawner.Instance.StartAsync(() => ReceiveAsync(stream!));
        }

        await Task.WhenAll(sending);
        await Task.WhenAll(receiving);
        return measurement.Stop();
    }

    private static async Task SendAsync(MuxedConnection connection, long bytes)
    {
        await using MuxedStream stream = await connection.OpenStreamAsync(CancellationToken.None);
        byte[] chunk = new byte[ChunkBytes];
        for (long left = bytes; left > 0; left -= ChunkBytes)
        {
            await stream.WriteAsync(chunk.AsMemory(0, (int)Math.Min(left, ChunkBytes)), CancellationToken.None);
        }

        await stream.CloseWriteAsync(CancellationToken.None);
        await ReadExactlyAsync(stream, new byte[1]);
    }

    private static async Task ReceiveAsync(MuxedStream stream)
    {
        await using (stream)
        {
            byte[] buffer = new byte[ChunkBytes];
            while (await stream.ReadAsync(buffer, CancellationToken.None) > 0)
            {
                // counted by the sender
            }

            await stream.WriteAsync(buffer.AsMemory(0, 1), CancellationToken.None);
        }
    }

    private static async Task EchoAsync(MuxedStream stream)
    {
        await using (stream)
        {
            byte[] buffer = new byte[64];
            int read;
            while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }
        }
    }

    private static async Task ReadExactlyAsync(MuxedStream stream, Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int read = await stream.ReadAsync(buffer, CancellationToken.None);
            buffer = read > 0 ? buffer[read..] : throw new EndOfStreamException();
        }
    }

    private sealed record Pair(MuxedConnection Client, MuxedConnection Server) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }

    private sealed record Node(ITransportListener Listener, ConnectionUpgrader Client, ConnectionUpgrader Server, PeerId Id) : IAsyncDisposable
    {
        private static readonly TcpTransport s_transport = new();

        public static async Task<Node> ListenAsync(PrivateKey key) => new(
            await s_transport.ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None),
            UpgraderOf(PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance)),
            UpgraderOf(key),
            key.PublicKey.PeerId);

        public async Task<Pair> DialAsync()
        {
            RawConnection there = await s_transport.DialAsync(Listener.Address, CancellationToken.None);
            RawConnection? here = await Listener.AcceptAsync(CancellationToken.None);
            Task<MuxedConnection> dialled = Client.UpgradeAsync(there, outbound: true, Id, CancellationToken.None).AsTask();
            MuxedConnection accepted = await Server.UpgradeAsync(here!, outbound: false, default, CancellationToken.None);
            return new Pair(await dialled, accepted);
        }

        public ValueTask DisposeAsync() => Listener.DisposeAsync();

        private static ConnectionUpgrader UpgraderOf(PrivateKey key) =>
            new(key, new UpgradeOptions(), PoolSpawner.Instance, SystemTime.Provider, SystemChance.Instance);
    }
}
