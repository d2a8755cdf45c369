using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace P2P.Core.Runtime;

/// <summary>Reading a channel to its end.</summary>
public static class ChannelReaderExtensions
{
    /// <summary>
    /// Everything that comes, until the channel completes. Instead of <c>ReadAllAsync</c>, whose inner awaits leave the caller's scheduler: under a
    /// simulation they would continue on the thread pool.
    /// </summary>
    /// <typeparam name="T">Item.</typeparam>
    /// <param name="reader">The channel.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public static async IAsyncEnumerable<T> EachAsync<T>(
        this ChannelReader<T> reader, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        while (await reader.WaitToReadAsync(cancellationToken))
        {
            while (reader.TryRead(out T? item))
            {
                yield return item;
            }
        }
    }

    /// <summary>
    /// Whether there is something to read, as a task for <c>Task.WhenAny</c>. Instead of <c>WaitToReadAsync().AsTask()</c>, behind which it would go on
    /// over the thread pool.
    /// </summary>
    /// <typeparam name="T">Item.</typeparam>
    /// <param name="reader">The channel.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    public static async Task<bool> MayReadAsync<T>(this ChannelReader<T> reader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return await reader.WaitToReadAsync(cancellationToken);
    }
}
