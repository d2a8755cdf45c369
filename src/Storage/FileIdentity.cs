using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace P2P.Storage;

/// <summary>
/// Volume and inode of a file: a copied folder has other ones. .NET does not show them, and a creation time is no substitute: where the
/// file system records none, .NET answers with the time of change, which copying preserves. On other systems than Linux it has to do.
/// </summary>
internal static partial class FileIdentity
{
    private const int CurrentDirectory = -100;
    private const uint InodeMask = 0x100;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int ResultBytes = 256;

    /// <summary>16 bytes: inode and device, or the creation time.</summary>
    public static byte[] Of(string path)
    {
        byte[] identity = new byte[16];
        byte[] result = new byte[ResultBytes];
        if (!OperatingSystem.IsLinux() || Statx(CurrentDirectory, path, 0, InodeMask, result) != 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(identity, File.GetCreationTimeUtc(path).Ticks);
            return identity;
        }

        result.AsSpan(InodeOffset, 8).CopyTo(identity);
        BinaryPrimitives.WriteUInt64LittleEndian(identity.AsSpan(8), BinaryPrimitives.ReadUInt64LittleEndian(result.AsSpan(DeviceOffset)));
        return identity;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] result);
}
