using System.Runtime.InteropServices;

namespace Beacon.Storage.RocksDb;

/// <summary>A native object with a destroy function. The wrapper that creates it owns it.</summary>
internal abstract class SafeNativeHandle : SafeHandle
{
    protected SafeNativeHandle(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    public override bool IsInvalid => handle == 0;
}

internal sealed class SafeOptionsHandle() : SafeNativeHandle(Interop.OptionsCreate())
{
    protected override bool ReleaseHandle()
    {
        Interop.OptionsDestroy(handle);
        return true;
    }
}

internal sealed class SafeTableOptionsHandle() : SafeNativeHandle(Interop.TableOptionsCreate())
{
    protected override bool ReleaseHandle()
    {
        Interop.TableOptionsDestroy(handle);
        return true;
    }
}

internal sealed class SafeCacheHandle(int bytes) : SafeNativeHandle(Interop.CacheCreateLru((nuint)bytes))
{
    protected override bool ReleaseHandle()
    {
        Interop.CacheDestroy(handle);
        return true;
    }
}

internal sealed class SafeWriteOptionsHandle() : SafeNativeHandle(Interop.WriteOptionsCreate())
{
    protected override bool ReleaseHandle()
    {
        Interop.WriteOptionsDestroy(handle);
        return true;
    }
}

internal sealed class SafeWriteBatchHandle() : SafeNativeHandle(Interop.WriteBatchCreate())
{
    protected override bool ReleaseHandle()
    {
        Interop.WriteBatchDestroy(handle);
        return true;
    }
}

internal sealed class SafeReadOptionsHandle() : SafeNativeHandle(Interop.ReadOptionsCreate())
{
    protected override bool ReleaseHandle()
    {
        Interop.ReadOptionsDestroy(handle);
        return true;
    }
}

/// <summary>An open database. Snapshots, iterators and checkpoints hold a reference, so it closes after the last of them.</summary>
internal sealed class SafeRocksDbHandle(nint value) : SafeNativeHandle(value)
{
    protected override bool ReleaseHandle()
    {
        Interop.Close(handle);
        return true;
    }
}

/// <summary>An object inside a database that must be released before the database closes.</summary>
internal abstract class SafeDatabaseChildHandle : SafeNativeHandle
{
    protected SafeDatabaseChildHandle(SafeRocksDbHandle database, nint value)
        : base(value)
    {
        bool added = false;
        database.DangerousAddRef(ref added);
        Database = database;
    }

    protected SafeRocksDbHandle Database { get; }

    protected override bool ReleaseHandle()
    {
        ReleaseNative(Database.DangerousGetHandle());
        Database.DangerousRelease();
        return true;
    }

    protected abstract void ReleaseNative(nint database);
}

internal sealed class SafeSnapshotHandle(SafeRocksDbHandle database) : SafeDatabaseChildHandle(database, Interop.CreateSnapshot(database))
{
    /// <summary>The native pointer, valid while this handle is open.</summary>
    public nint Value => handle;

    protected override void ReleaseNative(nint database) => Interop.ReleaseSnapshot(database, handle);
}

internal sealed class SafeIteratorHandle(SafeRocksDbHandle database, SafeReadOptionsHandle options)
    : SafeDatabaseChildHandle(database, Interop.CreateIterator(database, options))
{
    protected override void ReleaseNative(nint database) => Interop.IteratorDestroy(handle);
}

internal sealed class SafeCheckpointHandle(SafeRocksDbHandle database, nint value) : SafeDatabaseChildHandle(database, value)
{
    protected override void ReleaseNative(nint database) => Interop.CheckpointDestroy(handle);
}
