using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Noise;

/// <summary>Gives back what was written, at once and without allocating: for allocation guards.</summary>
internal sealed class LoopbackConnection : RawConnection
{
    private readonly byte[] _bytes = new byte[1024 * 1024];
    private int _filled;

    public override Multiaddr LocalAddress { get; } = Multiaddr.FromMemory(1);

    public override Multiaddr RemoteAddress { get; } = Multiaddr.FromMemory(2);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = Math.Min(buffer.Length, _filled);
        _bytes.AsSpan(0, count).CopyTo(buffer.Span);
        _bytes.AsSpan(count, _filled - count).CopyTo(_bytes);
        _filled -= count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        data.Span.CopyTo(_bytes.AsSpan(_filled));
        _filled += data.Length;
        return ValueTask.CompletedTask;
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort()
    {
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
