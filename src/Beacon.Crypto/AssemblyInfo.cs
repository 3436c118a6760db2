using System.Runtime.CompilerServices;

// Every native signature here is blittable; the C bool of blst is one byte, as is the unmarshalled System.Boolean.
[assembly: DisableRuntimeMarshalling]
