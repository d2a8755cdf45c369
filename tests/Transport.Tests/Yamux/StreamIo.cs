using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Yamux;

internal static class StreamIo
{
    public static async Task<byte[]> ReadExactlyAsync(this MuxedStream stream, int count)
    {
        byte[] result = new byte[count];
        int filled = 0;
        while (filled < count)
        {
            int read = await stream.ReadAsync(result.AsMemory(filled), CancellationToken.None);
            Assert.True(read > 0, $"The stream ended after {filled} of {count} bytes.");
            filled += read;
        }

        return result;
    }

    public static async Task<byte[]> ReadToEndAsync(this MuxedStream stream)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[32 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    public static byte[] Pattern(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new P2P.Core.Runtime.SeededChance((ulong)seed).Fill(bytes);
        return bytes;
    }
}
