using System.Text;
using P2P.Core.Multiformats;

namespace P2P.UnixFs;

/// <summary>Which names may become files on this machine. A name comes from a stranger, and <c>../../.ssh/authorized_keys</c> is one.</summary>
public static class FileNames
{
    /// <summary>Longest name, in bytes: what file systems take.</summary>
    public const int BytesMax = 255;

    private static readonly char[] s_never = [.. Path.GetInvalidFileNameChars(), '/', '\\', ':'];

    /// <summary>Whether the name stays inside its directory and means the same everywhere.</summary>
    /// <param name="name">One path segment.</param>
    public static bool IsSafe(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && name is not ("." or "..")
            && name.AsSpan().IndexOfAny(s_never) < 0
            && !name.Any(char.IsControl)
            && Encoding.UTF8.GetByteCount(name) <= BytesMax;
    }

    /// <summary>Refuses an unsafe name.</summary>
    /// <param name="name">One path segment.</param>
    /// <param name="where">The directory that names it; none for a local path.</param>
    /// <exception cref="UnixFsException"><see cref="UnixFsError.UnsafeName"/>.</exception>
    public static void Check(string name, Cid where)
    {
        if (!IsSafe(name))
        {
            throw new UnixFsException(
                UnixFsError.UnsafeName, where, "An entry's name is no file name: 1 to 255 bytes, no '/', '\\', ':' or control character, neither '.' nor '..'.");
        }
    }
}
