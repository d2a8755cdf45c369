namespace P2P.UnixFs.Tests;

/// <summary>Gives at most seven bytes at a time, as sockets and pipes do.</summary>
internal sealed class DrippingStream(byte[] content) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(7, buffer.Length)], cancellationToken);
}
