using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace P2P.UnixFs.Import;

/// <summary>
/// Opens files to read, and nothing else: open(2) of a named pipe waits until somebody writes to it, and a device never ends. .NET does not tell what
/// a name stands for, so Linux is asked; elsewhere what cannot be sought in is refused once it is open.
/// </summary>
public static partial class RegularFile
{
    private const int CurrentDirectory = -100;
    private const uint TypeMask = 1;
    private const int ModeOffset = 28;
    private const int ModeTypeMask = 0xF000;
    private const int ModeRegular = 0x8000;
    private const int ResultBytes = 256;

    /// <summary>Opens a regular file for one asynchronous walk through it. The caller disposes it.</summary>
    /// <param name="path">Its path; a symbolic link is followed.</param>
    /// <exception cref="UnixFsException">It is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream OpenRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Refuse(path, IsSomethingElse(path));
        FileStream file = new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
        if (!file.CanSeek)
        {
            file.Dispose();
            Refuse(path, refused: true);
        }

        return file;
    }

    private static bool IsSomethingElse(string path)
    {
        byte[] result = new byte[ResultBytes];
        return OperatingSystem.IsLinux()
            && Statx(CurrentDirectory, path, 0, TypeMask, result) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(result.AsSpan(ModeOffset)) & ModeTypeMask) != ModeRegular;
    }

    private static void Refuse(string path, bool refused)
    {
        if (refused)
        {
            throw new UnixFsException(UnixFsError.NotAFile, default, $"'{Path.GetFileName(path)}' is a pipe, a socket or a device; only files and folders are added.");
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, [Out] byte[] result);
}
