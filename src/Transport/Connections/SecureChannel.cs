namespace P2P.Transport.Connections;

/// <summary>
/// Encrypted bytes in both directions, made for a multiplexer: the reader sees plaintext in place, the writer fills plaintext in place and
/// flushes several frames at once. One reader and one writer at a time; <see cref="Abort"/> is thread-safe.
/// </summary>
internal abstract class SecureChannel
{
    /// <summary>Decrypted bytes nobody has consumed yet; valid until the next read.</summary>
    public abstract ReadOnlySpan<byte> Available { get; }

    /// <summary>Free plaintext room of the frame being filled; empty when the buffer is full and must be flushed.</summary>
    public abstract Span<byte> Room { get; }

    /// <summary>Whether anything waits for <see cref="FlushAsync"/>.</summary>
    public abstract bool HasOutput { get; }

    /// <summary>Says how much of <see cref="Available"/> was used.</summary>
    /// <param name="count">Bytes.</param>
    public abstract void Consume(int count);

    /// <summary>Makes <see cref="Available"/> longer. Call when it is used up.</summary>
    /// <param name="cancellationToken">Cancelling breaks the channel.</param>
    /// <returns>False when the remote ended its side cleanly.</returns>
    /// <exception cref="TransportException">Broken, or a frame that does not open.</exception>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Says how much of <see cref="Room"/> was filled.</summary>
    /// <param name="count">Bytes.</param>
    public abstract void Advance(int count);

    /// <summary>Ends the frame being filled though it has room; <see cref="Room"/> is then the next one's.</summary>
    public abstract void EndFrame();

    /// <summary>Seals and writes what was filled.</summary>
    /// <param name="cancellationToken">Cancelling breaks the channel.</param>
    /// <exception cref="TransportException">Broken.</exception>
    public abstract ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Ends our side; reading goes on.</summary>
    /// <param name="cancellationToken">Cancelling leaves it open.</param>
    public abstract ValueTask CloseWriteAsync(CancellationToken cancellationToken);

    /// <summary>Closes the connection below. Pending calls fail. Never throws.</summary>
    public abstract void Abort();

    /// <summary>Closes the connection below but lets what was flushed reach the remote. Idempotent, also after <see cref="Abort"/>.</summary>
    public abstract ValueTask CloseAsync();

    /// <summary>Gives buffers and keys back. Only when no call is pending any more.</summary>
    public abstract void Release();
}
