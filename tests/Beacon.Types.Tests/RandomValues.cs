using System.Collections.Immutable;
using System.Reflection;
using Beacon.Ssz;

namespace Beacon.Types.Tests;

/// <summary>Containers filled at random, by looking at their declarations.</summary>
internal sealed class RandomValues(int seed)
{
    private readonly Random _random = new(seed);

    public T Make<T>() => (T)Make(typeof(T), null);

    public BeaconState MakeState(ChainSpec spec)
    {
        BeaconState state = BeaconState.CreateDefault(spec);
        foreach (PropertyInfo property in Fields(typeof(BeaconState)))
        {
            if (property.PropertyType.IsGenericType)
            {
                Fill(property.GetValue(state)!);
            }
            else if (property.Name != nameof(BeaconState.Spec))
            {
                property.SetValue(state, Make(property.PropertyType, property));
            }
        }

        return state;
    }

    private static IEnumerable<PropertyInfo> Fields(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.GetIndexParameters().Length == 0);

    private object Make(Type type, PropertyInfo? property)
    {
        if (type == typeof(ulong))
        {
            return (ulong)_random.NextInt64() << _random.Next(2);
        }

        if (type == typeof(bool))
        {
            return _random.Next(2) == 1;
        }

        if (type == typeof(Bitlist))
        {
            int length = _random.Next((int)Math.Min(property!.GetCustomAttribute<SszListAttribute>()!.Limit, 300) + 1);
            return Bitlist.Of([.. Enumerable.Range(0, length).Select(_ => _random.Next(2) == 1)]);
        }

        if (type == typeof(Bitvector))
        {
            int length = (int)property!.GetCustomAttribute<SszVectorAttribute>()!.Length;
            return Bitvector.Of([.. Enumerable.Range(0, length).Select(_ => _random.Next(2) == 1)]);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            int length = property!.GetCustomAttribute<SszVectorAttribute>() is { } vector
                ? (int)vector.Length
                : _random.Next((int)Math.Min(property!.GetCustomAttribute<SszListAttribute>()!.Limit, 4) + 1);
            return MakeArrayMethod.MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(this, [length])!;
        }

        if (type.IsValueType)
        {
            return type.GetConstructor([typeof(ulong)]) is { } number
                ? number.Invoke([(ulong)_random.NextInt64()])
                : MakeBytes(type);
        }

        object value = Activator.CreateInstance(type)!;
        foreach (PropertyInfo field in Fields(type))
        {
            field.SetValue(value, Make(field.PropertyType, field));
        }

        return value;
    }

    private static MethodInfo MakeArrayMethod => typeof(RandomValues).GetMethod(nameof(MakeArray), BindingFlags.NonPublic | BindingFlags.Instance)!;

    private ImmutableArray<T> MakeArray<T>(int length) => [.. Enumerable.Range(0, length).Select(_ => Make<T>())];

    private object MakeBytes(Type type) =>
        typeof(RandomValues).GetMethod(nameof(MakeSsz), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(type).Invoke(this, null)!;

    private T MakeSsz<T>()
        where T : ISszSerializable<T>
    {
        byte[] bytes = new byte[T.FixedSize];
        _random.NextBytes(bytes);
        return T.Deserialize(bytes);
    }

    private void Fill(object list) => typeof(RandomValues).GetMethod(nameof(FillList), BindingFlags.NonPublic | BindingFlags.Instance)!
        .MakeGenericMethod(list.GetType().GetGenericArguments()[0]).Invoke(this, [list]);

    private void FillList<T>(PersistentList<T> list)
        where T : ISszSerializable<T>
    {
        int count = list.IsVector ? list.Count : _random.Next((int)Math.Min(list.Limit, 20));
        for (int i = 0; i < count; i++)
        {
            if (list.IsVector)
            {
                list[i] = Make<T>();
            }
            else
            {
                list.Add(Make<T>());
            }
        }
    }
}
