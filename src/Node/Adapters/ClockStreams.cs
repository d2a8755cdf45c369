using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Transport.Connections;
using P2P.Transport.Framing;

namespace P2P.Node.Adapters;

/// <summary>Messages of clocks on streams: one each way, within ten seconds. Thread-safe.</summary>
internal sealed class ClockStreams(IPeerNetwork network, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly long[] _refused = new long[Enum.GetValues<ClockRefusal>().Length];

    /// <summary>How many streams and turns came to nothing for a reason.</summary>
    public long Refused(ClockRefusal refusal) => Interlocked.Read(ref _refused[(int)refusal]);

    /// <summary>Counts one.</summary>
    public void Count(ClockRefusal refusal) => Interlocked.Increment(ref _refused[(int)refusal]);

    /// <summary>Says something to a peer.</summary>
    /// <returns>What it answered; null when nothing came of it.</returns>
    public async Task<ClockMessage?> ExchangeAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, stopping);
        PeerStream? stream = null;
        try
        {
            stream = await network.OpenStreamAsync(peer, [ClockMessage.Protocol], either.Token);
            await stream.Stream.WriteAsync(Frame(message.Span), either.Token);
            await stream.Stream.CloseWriteAsync(either.Token);
            ClockMessage? answer = await ReadAsync(stream, either.Token);
            await stream.Stream.DisposeAsync();
            return answer;
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException)
        {
            stream?.Stream.Abort();
            Count(ClockRefusal.Unreachable);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Reads the one message of a peer.</summary>
    /// <returns>Null when it is none.</returns>
    public async Task<ClockMessage?> ReadAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, stopping);
        using FrameReader reader = new(stream, new FrameLimits(ClockMessage.BytesMax));
        Frame frame = await reader.ReadAsync(either.Token);
        ClockMessage? message = frame.Status == FrameStatus.Done ? ClockMessage.TryDecode(frame.Bytes.Span) : null;
        Count(message is null ? ClockRefusal.Malformed : ClockRefusal.None);
        return message;
    }

    /// <summary>Answers on a stream.</summary>
    public async Task WriteAsync(PeerStream stream, byte[] message, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(s_patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken, stopping);
        await stream.Stream.WriteAsync(Frame(message), either.Token);
    }

    private static byte[] Frame(ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[VarInt.SizeOf((ulong)body.Length) + body.Length];
        int prefix = VarInt.Write(frame, (ulong)body.Length);
        body.CopyTo(frame.AsSpan(prefix));
        return frame;
    }
}
