using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Noise;
using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

/// <summary>Shakes hands like an honest peer, then writes whatever yamux bytes a test wants.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private HostilePeer(NoiseChannel channel, RawConnection wire, MuxedConnection victim, ConnectionUpgrader upgrader, ManualTime time)
    {
        Channel = channel;
        Wire = wire;
        Victim = victim;
        Upgrader = upgrader;
        Time = time;
    }

    public NoiseChannel Channel { get; }

    public RawConnection Wire { get; }

    public MuxedConnection Victim { get; }

    public ConnectionUpgrader Upgrader { get; }

    public ManualTime Time { get; }

    public static async Task<HostilePeer> StartAsync(UpgradeOptions? options = null, ConnectionUpgrader? shared = null, byte seed = 9)
    {
        ManualTime time = new();
        ConnectionUpgrader upgrader = shared
            ?? new(ConnectedPair.KeyOf(2), options ?? new UpgradeOptions(), PoolSpawner.Instance, time, SystemChance.Instance);
        (RawConnection there, RawConnection here) = await ConnectedPair.RawPairAsync();
        Task<MuxedConnection> accepted = upgrader.UpgradeAsync(here, outbound: false, default, CancellationToken.None).AsTask();
        NoiseIdentity identity = new(ConnectedPair.KeyOf(seed), ["/yamux/1.0.0"], SystemChance.Instance);
        ConnectionUpgrade upgrade = new(new ConnectionInput(there), outbound: true, identity, TimeSpan.FromSeconds(3), time);
        Assert.Equal(UpgradeRefusal.None, await upgrade.RunAsync(default, SystemChance.Instance, CancellationToken.None));
        return new HostilePeer(upgrade.Channel!, there, await accepted, upgrader, time);
    }

    public async Task SendAsync(YamuxFrame frame, int bodyBytes = 0)
    {
        byte[] bytes = new byte[YamuxFrame.HeaderBytes + bodyBytes];
        frame.Write(bytes);
        await SendAsync(bytes);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = Math.Min(Channel.Room.Length, bytes.Length);
            bytes.Span[..count].CopyTo(Channel.Room);
            Channel.Advance(count);
            bytes = bytes[count..];
            await Channel.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>The next frame the victim sent; bodies are dropped. Null when it has closed.</summary>
    public async Task<YamuxFrame?> ReceiveAsync()
    {
        byte[]? header = await ReadAsync(YamuxFrame.HeaderBytes);
        if (header is null)
        {
            return null;
        }

        Assert.Equal(YamuxRefusal.None, YamuxFrame.TryRead(header, out YamuxFrame frame));
        await ReadAsync((int)frame.BodyBytes);
        return frame;
    }

    public async ValueTask DisposeAsync()
    {
        Wire.Abort();
        await Victim.DisposeAsync();
    }

    private async Task<byte[]?> ReadAsync(int count)
    {
        List<byte> got = [];
        while (got.Count < count)
        {
            if (!await Channel.ReadAsync(CancellationToken.None))
            {
                return null;
            }

            byte[] available = Channel.Available[..Math.Min(Channel.Available.Length, count - got.Count)].ToArray();
            got.AddRange(available);
            Channel.Consume(available.Length);
        }

        return [.. got];
    }
}
