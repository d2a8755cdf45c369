using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace P2P.Storage.Tests.Disk;

/// <summary>
/// A VFS in front of SQLite's own: what the store does to its files goes to the <see cref="RecordedDisk"/> of their folder, which logs it and may
/// refuse it; then it really happens. This is the seam SQLite's own crash tests use, and it needs no compiler and no second process.
/// </summary>
internal static unsafe class RecordingVfs
{
    public const string Name = "p2p-recorder";

    private const int Header = 64;
    private static readonly ConcurrentDictionary<string, RecordedDisk> s_disks = new(StringComparer.Ordinal);
    private static readonly NativeVfs* s_system = Register();
    private static NativeMethods* s_methods;

    /// <summary>Records every file of a folder from now on. Open the store with <see cref="Name"/>.</summary>
    public static void Attach(string directory, RecordedDisk disk)
    {
        Assert.True(s_system is not null);
        s_disks[directory] = disk;
    }

    private static NativeVfs* Register()
    {
        SQLitePCL.Batteries_V2.Init();
        NativeVfs* system = ((delegate* unmanaged[Cdecl]<byte*, NativeVfs*>)Export("sqlite3_vfs_find"))(null);
        NativeVfs* ours = (NativeVfs*)NativeMemory.AllocZeroed((nuint)sizeof(NativeVfs));
        *ours = *system;
        ours->FileBytes = system->FileBytes + Header;
        ours->Next = null;
        ours->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        ours->Open = &Open;
        ours->Delete = &Delete;
        s_methods = (NativeMethods*)NativeMemory.AllocZeroed((nuint)sizeof(NativeMethods));
        *s_methods = new NativeMethods
        {
            Version = 3,
            Close = &Close,
            Read = &Read,
            Write = &Write,
            Truncate = &Truncate,
            Sync = &Sync,
            FileSize = &FileSize,
            Lock = &Lock,
            Unlock = &Unlock,
            CheckReservedLock = &CheckReservedLock,
            FileControl = &FileControl,
            SectorSize = &SectorSize,
            DeviceCharacteristics = &DeviceCharacteristics,
            ShmMap = &ShmMap,
            ShmLock = &ShmLock,
            ShmBarrier = &ShmBarrier,
            ShmUnmap = &ShmUnmap,
            Fetch = &Fetch,
            Unfetch = &Unfetch,
        };
        return ((delegate* unmanaged[Cdecl]<NativeVfs*, int, int>)Export("sqlite3_vfs_register"))(ours, 0) == 0 ? system : null;
    }

    private static NativeFile* Real(NativeFile* file) => (NativeFile*)((byte*)file + Header);

    private static RecordedFile? Of(NativeFile* file) => file->Handle == 0 ? null : (RecordedFile?)GCHandle.FromIntPtr(file->Handle).Target;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(NativeVfs* vfs, byte* name, NativeFile* file, int flags, int* outFlags)
    {
        file->Methods = null;
        file->Handle = 0;
        string? path = Marshal.PtrToStringUTF8((IntPtr)name);
        RecordedFile? recorded = null;
        if (path is not null && s_disks.TryGetValue(Path.GetDirectoryName(path)!, out RecordedDisk? disk))
        {
            int refused = disk.Opening(Path.GetFileName(path));
            if (refused != 0)
            {
                return refused;
            }

            recorded = new RecordedFile(disk, Path.GetFileName(path));
        }

        int result = s_system->Open(s_system, name, Real(file), flags, outFlags);
        if (Real(file)->Methods is not null)
        {
            file->Methods = s_methods;
            file->Handle = recorded is null ? 0 : GCHandle.ToIntPtr(GCHandle.Alloc(recorded));
        }

        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(NativeVfs* vfs, byte* name, int syncDirectory)
    {
        string path = Marshal.PtrToStringUTF8((IntPtr)name)!;
        int refused = s_disks.TryGetValue(Path.GetDirectoryName(path)!, out RecordedDisk? disk) ? disk.Deleting(Path.GetFileName(path), syncDirectory != 0) : 0;
        return refused != 0 ? refused : s_system->Delete(s_system, name, syncDirectory);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(NativeFile* file)
    {
        if (file->Handle != 0)
        {
            GCHandle.FromIntPtr(file->Handle).Free();
            file->Handle = 0;
        }

        return Real(file)->Methods->Close(Real(file));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(NativeFile* file, byte* bytes, int count, long offset)
    {
        int refused = Of(file)?.Reading() ?? 0;
        return refused != 0 ? refused : Real(file)->Methods->Read(Real(file), bytes, count, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(NativeFile* file, byte* bytes, int count, long offset)
    {
        int refused = Of(file)?.Writing(new ReadOnlySpan<byte>(bytes, count), offset) ?? 0;
        if (refused != 0)
        {
            // A failed write may have written something: half of it is there.
            _ = Real(file)->Methods->Write(Real(file), bytes, count / 2, offset);
            return refused;
        }

        return Real(file)->Methods->Write(Real(file), bytes, count, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(NativeFile* file, long size)
    {
        int refused = Of(file)?.Truncating(size) ?? 0;
        return refused != 0 ? refused : Real(file)->Methods->Truncate(Real(file), size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(NativeFile* file, int flags)
    {
        int refused = Of(file)?.Syncing() ?? 0;
        return refused != 0 ? refused : Real(file)->Methods->Sync(Real(file), flags);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(NativeFile* file, long* size) => Real(file)->Methods->FileSize(Real(file), size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(NativeFile* file, int level) => Real(file)->Methods->Lock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(NativeFile* file, int level) => Real(file)->Methods->Unlock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(NativeFile* file, int* result) => Real(file)->Methods->CheckReservedLock(Real(file), result);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileControl(NativeFile* file, int code, void* argument) => Real(file)->Methods->FileControl(Real(file), code, argument);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(NativeFile* file) => Real(file)->Methods->SectorSize(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeviceCharacteristics(NativeFile* file) => Real(file)->Methods->DeviceCharacteristics(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmMap(NativeFile* file, int page, int bytes, int extend, void** map) =>
        Real(file)->Methods->ShmMap(Real(file), page, bytes, extend, map);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmLock(NativeFile* file, int offset, int count, int flags) => Real(file)->Methods->ShmLock(Real(file), offset, count, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ShmBarrier(NativeFile* file) => Real(file)->Methods->ShmBarrier(Real(file));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmUnmap(NativeFile* file, int delete) => Real(file)->Methods->ShmUnmap(Real(file), delete);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Fetch(NativeFile* file, long offset, int count, void** page)
    {
        *page = null; // the store maps no memory; reads go through Read, where they can fail
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unfetch(NativeFile* file, long offset, void* page) => 0;

    // Asked of the library by name: SQLitePCLRaw offers neither call.
    private static void* Export(string name) =>
        (void*)NativeLibrary.GetExport(NativeLibrary.Load("e_sqlite3", typeof(RecordingVfs).Assembly, null), name);
}
